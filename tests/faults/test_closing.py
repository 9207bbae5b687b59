"""A file that was replaced, and is closed by a thread of the extension after the write.

The tests say that the files are on ext4, wherever they are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import zarr
from tests.faults.support import PRELUDE, Faults, array_of, calls, open_files, preloaded
from tests.patience import A_WHILE, HANG, wait_for
from zarr import crud

if TYPE_CHECKING:
    from tests.faults.support import Child

pytestmark = pytest.mark.parametrize("engine", ["zarrs"])

EXT4: Final = "fstatfs:EXT4:c/;"

COUNT: Final = """
    def kept_open(but="nothing"):
        links = []
        for name in os.listdir("/proc/self/fd"):
            try:
                links.append(os.readlink(f"/proc/self/fd/{name}"))
            except FileNotFoundError:
                pass  # another thread has closed it
        return sum(link.startswith(f"{root}/") and but not in link for link in links)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An array of nine chunks, all of which are stored."""
    root = tmp_path / "root"
    array = zarr.create_array(root, shape=(7, 5), chunks=(3, 2), dtype="i4", compressors=None)
    array[...] = 1
    return root


def names(root: Path) -> list[Path]:
    return [path for path in root.glob("c/*/*") if path.suffix != ".go"]


def stored(root: Path) -> Any:
    return crud.read_region(crud.read_metadata(root), root)


def let_go(root: Path) -> None:
    for path in names(root):
        path.with_name(f"{path.name}.go").touch()


def freed(log: Path, root: Path) -> list[str]:
    """The files without a name that a process has begun to close."""
    return [name for call, name in calls(log, root) if call == "free"] if log.exists() else []


def gone_but_open(child: Child) -> int:
    """Number of files without a name that a process has open."""
    return sum(file.name.endswith(" (deleted)") for file in open_files(child.pid))


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("value", [2, 0])
def test_a_write_does_not_wait_until_what_it_replaced_is_freed(
    engine: str, value: int, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a write that waits for the disk, and a file that is never freed. A chunk of fill
    values is deleted.
    """
    root = tmp_path / "root"
    array_of(root, (3, 2), sharded=sharded)
    crud.write_region(crud.read_metadata(root), root, ..., 1)
    code = """
    crud.write_region(document, root, ..., value, engine=engine)
    print("written", flush=True)
    while not os.path.exists(f"{root}/end"):
        time.sleep(0.001)
    """
    with faults.started(code, root, engine, f"{EXT4}free:HOLD:c/", value=value) as child:
        child.reach(child.out, "the write")
        assert gone_but_open(child) == 1
        assert stored(root).tolist() == [[value] * 2] * 3
        (root / "c/0/0.go").touch()
        wait_for(lambda: not gone_but_open(child), "the file to be freed")
        (root / "end").touch()
        child.finish()


def test_few_descriptors_wait(engine: str, root: Path, tmp_path: Path, faults: Faults) -> None:
    """Catches descriptors that a process needs elsewhere: of 64, two may wait to be closed."""
    code = f"""
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    {COUNT}
    for index in np.ndindex(3, 3):
        crud.write_chunk(document, root, index, np.full((3, 2), 2, "i4"), engine=engine)
        print(kept_open(), flush=True)
    """
    log = tmp_path / "log"

    with faults.started(code, root, engine, f"{EXT4}free:HOLD:c/", log) as child:
        # One is being closed by the thread, and one by the writer.
        child.reach(
            lambda: len(freed(log, root)) == 2 or child.out().count("\n") == 9,
            "a writer that waits",
        )
        assert gone_but_open(child) <= 4
        let_go(root)
        found = [int(count) for count in child.finish().split()]
    assert len(found) == 9
    assert max(found) <= 3
    assert stored(root).tolist() == [[2] * 5] * 7


def test_a_forked_child_has_none_of_them(
    engine: str, root: Path, tmp_path: Path, faults: Faults
) -> None:
    """Catches files that are not freed for as long as a child lives, and a child that waits for the
    thread of its parent.
    """
    code = f"""
    import warnings
    {COUNT}
    def write(index, value):
        crud.write_chunk(document, root, index, np.full((3, 2), value, "i4"), engine=engine)
    write((0, 0), 2)
    while not os.path.exists(f"{root}/go"):
        time.sleep(0.001)
    for index in ((0, 1), (1, 0), (2, 2)):
        write(index, 2)
    first = "c/0/0"
    assert kept_open(first) == 3, kept_open(first)
    warnings.simplefilter("ignore")
    pid = os.fork()
    if pid == 0:
        inherited = kept_open(first)
        write((1, 1), 3)
        while kept_open(first):
            time.sleep(0.001)
        os._exit(inherited)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(status, kept_open(first))
    """
    # The thread is held with the first file; the others wait behind it.
    rules, log = f"{EXT4}free:HOLD:c/0/0:0:1", tmp_path / "log"
    with faults.started(code, root, engine, rules, log) as child:
        child.reach(lambda: freed(log, root), "the thread")
        (root / "go").touch()
        assert child.finish() == "0 3\n"


def test_the_end_of_a_process_does_not_wait_for_the_thread(
    engine: str, root: Path, faults: Faults
) -> None:
    """Catches a process that does not end while a disk is slow: the system closes its files."""
    code = f"""
import ctypes
ctypes.CDLL(None).faults_set(b"{EXT4}free:HOLD:c/", b"")
root, engine = {str(root)!r}, {engine!r}
{PRELUDE}
crud.write_chunk(document, root, (2, 2), np.full((3, 2), 2, "i4"), engine=engine)
"""
    environment = os.environ | preloaded(faults.folder / "faults.so")
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=HANG)
    assert stored(root)[5:, 3:].tolist() == [[1, 1], [1, 2]]


@pytest.mark.parametrize(
    ("system", "where"), [("EIO", (slice(0, 3), slice(0, 2))), ("EXT4", (...,))]
)
def test_other_files_are_closed_at_once(
    engine: str, system: str, where: tuple[object, ...], root: Path, tmp_path: Path, faults: Faults
) -> None:
    """Catches a folder that cannot be deleted for a moment, because on a network file system a file
    that is open keeps a name; and a thread that makes a write of many files slower.
    """
    log = tmp_path / "log"
    code = f"""
    crud.write_region(document, root, {where!r}, 2, engine=engine)
    print("written", flush=True)
    """
    with faults.started(code, root, engine, f"fstatfs:{system}:c/;free:HOLD:c/0/0", log) as child:
        child.reach(lambda: "c/0/0" in freed(log, root), "the file to be freed")
        time.sleep(A_WHILE)
        assert not child.out()
        let_go(root)
        assert child.finish() == "written\n"


def test_a_large_file_is_closed_at_once(engine: str, tmp_path: Path, faults: Faults) -> None:
    """Catches many large files that take up a disk although each of them was replaced."""
    root, log = tmp_path / "root", tmp_path / "log"
    array: Any = zarr.create_array(
        root, shape=(5 << 20,), chunks=(5 << 20,), dtype="i1", compressors=None
    )
    array[...] = 1
    code = """
    crud.write_region(document, root, ..., 2, engine=engine)
    print("written", flush=True)
    """
    with faults.started(code, root, engine, f"{EXT4}free:HOLD:c/", log) as child:
        child.reach(lambda: freed(log, root), "the file to be freed")
        time.sleep(A_WHILE)
        assert not child.out()
        (root / "c/0.go").touch()
        assert child.finish() == "written\n"
