"""Writers that share a chunk, in other threads, processes and engines: no element is lost."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.faults.support import Faults, array_of, calls
from tests.patience import A_WHILE, in_thread, join
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = ("reference", "zarrs")

DISJOINT = """
    for at in range(number, 400, 4):
        crud.write_region(document, root, (at // 20, at % 20), at + 1, engine=engine)
"""


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("engines", [("zarrs",) * 4, ("reference", "zarrs") * 2])
def test_four_processes_keep_every_element_of_one_chunk(
    engines: tuple[str, ...], sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches lost updates: each process reads the chunk, changes its own elements and replaces the
    chunk.
    """
    root = tmp_path / "root"
    document = array_of(root, (20, 20), sharded=sharded)
    with ExitStack() as stack:
        started = [
            stack.enter_context(faults.started(DISJOINT, root, engine, number=number))
            for number, engine in enumerate(engines)
        ]
        for process in started:
            process.finish()
    found = crud.read_region(document, root, engine="reference")
    assert np.array_equal(found, np.arange(1, 401).reshape(20, 20))
    assert [path.name for path in (root / "c/0").iterdir()] == ["0"]


def test_both_engines_in_one_process_keep_every_element(tmp_path: Path) -> None:
    """Catches lost updates between engines: each has its own table of key locks, and they share the
    file.
    """
    document = array_of(tmp_path / "root", (16, 16), sharded=False)
    start = threading.Barrier(4)

    def write(number: int) -> None:
        start.wait()
        for at in range(number, 256, 4):
            engine = ENGINES[number % 2]
            crud.write_region(document, tmp_path / "root", divmod(at, 16), at + 1, engine=engine)

    threads = [in_thread(partial(write, number)) for number in range(4)]
    join(*threads)
    found = crud.read_region(document, tmp_path / "root", engine="zarrs")
    assert np.array_equal(found, np.arange(1, 257).reshape(16, 16))


PARTIAL = "crud.write_region(document, root, (0, 0), 5, engine=engine)"
WHOLE = "crud.write_region(document, root, ..., 5, engine=engine)"
EMPTY = "crud.write_region(document, root, (0, 0), 0, engine=engine)"

# The call that creates a file only if there is none.
CREATE = {"reference": "link", "zarrs": "create"}


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("other", ENGINES)
@pytest.mark.parametrize("first", [PARTIAL, WHOLE])
def test_a_chunk_that_another_process_makes_meanwhile_is_kept(
    engine: str, other: str, first: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a chunk that is overwritten because it was absent at first."""
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    with faults.started(first, root, engine, f"{CREATE[engine]}:STOP:c/0/0:0:1") as process:
        process.reach(process.has_stopped, "the first writer")
        crud.write_region(document, root, (3, 3), 7, engine=other)
        process.go_on()
    expected = np.full((4, 4), 5 if first == WHOLE else 0)
    expected[0, 0] = 5
    expected[3, 3] = 5 if first == WHOLE else 7
    assert np.array_equal(crud.read_region(document, root, engine="reference"), expected)
    assert [path.name for path in (root / "c/0").iterdir()] == ["0"]


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("other", ENGINES)
@pytest.mark.parametrize("first", [PARTIAL, WHOLE, EMPTY])
def test_a_chunk_that_another_process_changes_is_waited_for(
    engine: str, other: str, first: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a second writer that reads before the first has replaced the chunk, and undoes its
    change.
    """
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    crud.write_region(document, root, (0, 0) if first == EMPTY else (2, 2), 3, engine=other)
    call = "unlink" if first == EMPTY else "rename"
    with faults.started(first, root, engine, f"{call}:STOP:c/0/0:0:1") as process:
        process.reach(process.has_stopped, "the first writer")
        second = in_thread(lambda: crud.write_region(document, root, (3, 3), 7, engine=other))
        second.join(A_WHILE)
        assert second.is_alive()
        process.go_on()
        join(second)
    expected = np.full((4, 4), 5 if first == WHOLE else 0)
    if first == PARTIAL:
        expected[0, 0], expected[2, 2] = 5, 3
    expected[3, 3] = 7
    assert np.array_equal(crud.read_region(document, root, engine="reference"), expected)


@pytest.mark.parametrize("first", [PARTIAL, WHOLE])
def test_a_lock_dies_with_its_process(
    engine: str, first: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a killed writer that blocks others, or whose leftover counts as a chunk."""
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=False)
    crud.write_region(document, root, (2, 2), 3, engine=engine)
    before = (root / "c/0/0").read_bytes()
    with faults.started(first, root, engine, "rename:KILL:c/0/0") as process:
        assert process.wait() == -signal.SIGKILL
    assert (root / "c/0/0").read_bytes() == before
    assert len(list((root / "c/0").iterdir())) == 2
    crud.write_region(document, root, (3, 3), 7, engine=engine)
    assert crud.list_chunks(document, root) == [(0, 0)]
    assert crud.read_region(document, root, (3, 3), engine=engine) == 7


@pytest.mark.parametrize("sharded", [False, True])
def test_waiting_is_ended_by_an_interrupt(
    engine: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a wait that cannot be interrupted: the other process may never continue.

    The interrupt comes after the lock was requested; it is held to the end.
    """
    root, log = tmp_path / "root", tmp_path / "log"
    log.touch()
    document = array_of(root, (4, 4), sharded=sharded)
    crud.write_region(document, root, (2, 2), 3, engine=engine)
    before = (root / "c/0/0").read_bytes()
    code = f"""
    try:
        {PARTIAL}
    except KeyboardInterrupt:
        zarr.create_array(root + "/other", shape=(4, 4), dtype="i4")
        crud.write_region(document, root + "/other", (0, 0), 5, engine=engine)
        print("usable")
    """
    with (root / "c/0/0").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with faults.started(code, root, engine, log=log) as process:
            process.reach(lambda: ("flock", "c/0/0") in calls(log, root), "the wait")
            process.send_signal(signal.SIGINT)
            assert process.finish() == "usable\n"
    assert (root / "c/0/0").read_bytes() == before


FORKING = """
    # Another thread forks while this one is stopped with the chunk in its hands.
    def fork():
        while not os.path.exists(root + "/now"):
            time.sleep(0.001)
        child = os.fork()
        if child == 0:
            time.sleep(600)
            os._exit(0)
        with open(root + "/child", "w") as file:
            file.write(str(child))
        os.rename(root + "/child", root + "/forked")
    threading.Thread(target=fork, daemon=True).start()
    crud.write_region(document, root, (0, 0), 5, engine=engine)
"""


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("end", ["killed", "finished"])
def test_a_child_forked_meanwhile_keeps_no_lock(
    engine: str, end: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a child that inherits the open file, and keeps the lock for as long as it lives.

    The writer is blocked with the lock until there is such a child.
    """
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=False)
    crud.write_region(document, root, (2, 2), 3, engine=engine)
    with faults.started(FORKING, root, engine, "rename:HOLD:c/0/0:0:1") as process:
        process.reach(lambda: list((root / "c/0").glob("*.partial*")), "it")
        (root / "now").touch()
        process.reach((root / "forked").exists, "the fork")
        child = int((root / "forked").read_text())
        try:
            if end == "killed":
                process.kill()
            else:
                (root / "c/0/0.go").touch()
            process.wait()
            join(in_thread(lambda: crud.write_region(document, root, (3, 3), 7, engine=engine)))
        finally:
            os.kill(child, signal.SIGKILL)
    found = np.asarray(crud.read_region(document, root, engine=engine))
    assert (found[0, 0], found[2, 2], found[3, 3]) == (0 if end == "killed" else 5, 3, 7)


LOCKLESS = """
    found = []
    for locking in ("auto", "threads", "processes"):
        try:
            crud.write_region(document, root, (0, 0), len(found) + 1, engine=engine,
                              options=crud.Options(locking=locking))
            found.append("kept")
        except OSError as err:
            found.append(f"{err.errno} {os.path.relpath(err.filename, root)}")
    print(*found, crud.read_region(document, root, (0, 0)))
"""


@pytest.mark.parametrize("error", ["ENOLCK", "EBADF"])
def test_a_file_system_without_locks_is_an_error_where_they_were_asked_for(
    engine: str, error: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a requested lock that is silently skipped. By default, only threads exclude each
    other there.
    """
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=False)
    crud.write_region(document, root, (2, 2), 3, engine=engine)
    code = 37 if error == "ENOLCK" else 9
    out = faults.run(LOCKLESS, root, engine, f"flock:{error}:c/0/0")
    assert out == f"kept kept {code} c/0/0 2\n"


def test_a_file_that_is_locked_only_when_open_for_writing_is_opened_again(
    engine: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches network file systems that count as systems without locks."""
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=False)
    crud.write_region(document, root, (2, 2), 3, engine=engine)
    out = faults.run(LOCKLESS, root, engine, "flock:EBADF:c/0/0:0:1")
    assert out == "kept kept kept 3\n"


@pytest.mark.parametrize("error", ["EPERM", "EINVAL"])
def test_a_file_system_without_exclusive_names_is_an_error_where_they_were_asked_for(
    engine: str, error: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a requested guarantee that is silently skipped. By default, a plain rename then
    creates a chunk.
    """
    root = tmp_path / "root"
    array_of(root, (4, 4), sharded=False)
    lacking = f"create:{error}:c/0/0;link:EPERM:c/0/0"
    code = """
    for locking in ("processes", "auto"):
        try:
            crud.write_region(document, root, (0, 0), 5, engine=engine,
                              options=crud.Options(locking=locking))
            print("kept")
        except OSError as err:
            print(err.errno, os.path.relpath(err.filename, root), os.listdir(root + "/c/0"))
    """
    assert faults.run(code, root, engine, lacking) == "1 c/0/0 []\nkept\n"


def test_a_link_that_leads_nowhere_is_replaced(engine: str, tmp_path: Path) -> None:
    """Catches a writer that retries forever: the link occupies the name of a chunk and holds
    none.
    """
    document = array_of(tmp_path / "root", (4, 4), sharded=False)
    (tmp_path / "root/c/0").mkdir(parents=True)
    chunk = tmp_path / "root/c/0/0"
    chunk.symlink_to(tmp_path / "nowhere")
    join(
        in_thread(lambda: crud.write_region(document, tmp_path / "root", (0, 0), 5, engine=engine))
    )
    assert not chunk.is_symlink()
    assert crud.read_region(document, tmp_path / "root", (0, 0), engine=engine) == 5


def test_threads_that_make_chunks_of_one_folder_do_not_wait_for_each_other(
    engine: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a thread that is blocked in one chunk and delays its neighbours."""
    root = tmp_path / "root"
    array_of(root, (4, 4), sharded=False)
    document = {**crud.read_metadata(root), "shape": [4, 8]}
    (root / "zarr.json").unlink()
    crud.create(document, root)
    with faults.started(PARTIAL, root, engine, f"{CREATE[engine]}:STOP:c/0/0:0:1") as process:
        process.reach(process.has_stopped, "the first writer")
        crud.write_region(document, root, (0, 5), 7, engine=engine)
        process.go_on()
    assert crud.list_chunks(document, root) == [(0, 0), (0, 1)]
