"""Temporary files of killed processes are removed; those of living ones, and similar names,
stay.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import zarr
from tests.faults.support import array_of
from tests.patience import in_thread, wait_for
from zarr import crud
from zarr.crud._stores import file_locks, leftovers
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.support import Faults

WRITES: Final = {
    "part": "crud.write_region(document, root, (0, 0), 5, engine=engine)",
    "new": "crud.write_region(document, root, (3, 3), 5, engine=engine)",
    "chunk": "crud.write_chunk(document, root, (0, 0), 5, engine=engine)",
    "encoded": "crud.write_encoded_chunk(document, root, (0, 0), bytes(16))",
    "array": "zarr.open_array(root, engine=engine)[0, 0] = 5",
    "document": "crud.write_metadata(document, root, engine=engine)",
    "attributes": "zarr.open_array(root, engine=engine).append(np.ones((1, 4)))",
}


def array_at(root: Path, *, sharded: bool = False) -> crud.Document:
    """An array of four chunks or shards, the last of which is absent."""
    layout: dict[str, Any] = {"chunks": (2, 2)}
    if sharded:
        layout = {"chunks": (1, 2), "shards": (2, 2)}
    zarr.create_array(root, shape=(4, 4), dtype="i4", compressors=None, **layout)
    document = crud.read_metadata(root)
    crud.write_region(document, root, slice(0, 2), 1)
    return document


def temporaries(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.name.endswith(".partial"))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Sets the clock two days ahead; the times of files cannot be set back."""

    def be_later() -> None:
        now = time.time() + 2 * 24 * 3600
        monkeypatch.setattr(time, "time", lambda: now)
        monkeypatch.setattr(leftovers, "_next_look", 0.0)

    return be_later


def leave(root: Path, name: str = "c/0/0") -> Path:
    """Put a leftover beside a chunk."""
    path = root / f"{name}.{'0123456789abcdef' * 2}.crud.partial"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    return path


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("moment", ["write:KILL", "rename:KILL"])
def test_what_a_killed_process_left_goes_after_a_day(
    engine: str,
    moment: str,
    write: str,
    sharded: bool,
    tmp_path: Path,
    faults: Faults,
    later: Callable[[], None],
) -> None:
    """Catches leftovers that accumulate, or that are removed while they may still be in use."""
    root = tmp_path / "root"
    document = array_at(root, sharded=sharded)
    part = ".partial" if moment.startswith("write") else str(root)
    with faults.started(WRITES[write], root, engine, f"{moment}:{part}") as process:
        status = process.wait()
    if status == 0:
        # The first version of a chunk is put in place by a call other than a rename.
        assert (write, moment) == ("new", "rename:KILL")
        return
    assert status == -signal.SIGKILL
    (left,) = temporaries(root)
    assert left.name.endswith(".crud.partial")
    before = crud.list_chunks(document, root)
    assert temporaries(root) == [left]
    later()
    assert crud.list_chunks(document, root) == before
    assert temporaries(root) == []
    assert np.array_equal(crud.read_region(document, root, slice(0, 2)), np.ones((2, 4)))


LOOKS: Final[dict[str, Callable[[Any, Path, str], object]]] = {
    "list_chunks": lambda document, root, engine: crud.list_chunks(document, root / "a"),
    "write_region": lambda document, root, engine: crud.write_region(
        document, root / "a", (slice(1, 3), 1), 3, engine=engine
    ),
    "points": lambda document, root, engine: crud.write_region(
        document, root, ([0, 3], [1, 1]), 3, path="a", kind="coordinate", engine=engine
    ),
    "write_chunk": lambda document, root, engine: crud.write_chunk(
        document, root, (0, 1), 3, path="a", engine=engine
    ),
    "deleting": lambda document, root, engine: crud.write_chunk(
        document, root, (0, 1), 0, path="a", engine=engine
    ),
    "write_encoded_chunk": lambda document, root, engine: crud.write_encoded_chunk(
        document, root, (0, 0), bytes(16), path="a"
    ),
    "array": lambda document, root, engine: zarr.open_array(
        root, path="a", engine=engine
    ).set_basic_selection((0, slice(None)), 2),
    "delete_node": lambda document, root, engine: crud.delete_node(root, path="a"),
    "create": lambda document, root, engine: crud.create(
        document, root, path="a", overwrite=True, engine=engine
    ),
}


@pytest.mark.parametrize("look", LOOKS)
def test_each_of_these_removes_leftovers(
    engine: str, look: str, tmp_path: Path, later: Callable[[], None]
) -> None:
    """Catches a verb, an engine or a dialect that never looks for leftovers."""
    document = array_at(tmp_path / "a")
    left = leave(tmp_path / "a")
    later()
    LOOKS[look](document, tmp_path, engine)
    # The reference looks only in folders in which it created a temporary file itself.
    assert left.exists() is (look == "deleting" and engine == "reference")


@pytest.mark.parametrize("act", ["write_metadata", "list_children"])
def test_leftovers_of_documents_are_removed(
    act: str, tmp_path: Path, later: Callable[[], None]
) -> None:
    """Catches leftovers beside the documents of groups that stay."""
    zarr.create_group(tmp_path).create_group("g")
    left, document = leave(tmp_path, "zarr.json"), crud.read_metadata(tmp_path)
    later()
    if act == "write_metadata":
        crud.write_metadata(document, tmp_path)
    else:
        assert [path for path, _ in crud.list_children(tmp_path)] == ["g"]
    assert not left.exists()


@pytest.mark.parametrize("write", ["part", "chunk", "document"])
@pytest.mark.parametrize("moment", ["write:STOP:.partial", "rename:STOP:", "flock:STOP:.partial"])
def test_the_file_of_a_living_process_is_not_lost(
    engine: str,
    moment: str,
    write: str,
    tmp_path: Path,
    faults: Faults,
    later: Callable[[], None],
) -> None:
    """Catches the removal of a stopped process's file, as old as a leftover, or of one that is not
    locked yet.
    """
    root = tmp_path / "root"
    document = array_at(root)
    where = f"{moment}{root}" if moment.endswith(":") else moment
    with faults.started(WRITES[write], root, engine, f"{where}:0:1") as process:
        wait_for(process.has_stopped, "the stop")
        (file,) = temporaries(root)
        later()
        crud.list_chunks(document, root)
        # Its clock is right and ours is two days ahead, so a file that it has not locked
        # yet is removed.
        assert file.exists() is not moment.startswith("flock")
        process.go_on()
    assert temporaries(root) == []
    assert crud.read_metadata(root) == document
    expected = 1 if write == "document" else 5
    assert crud.read_region(document, root, (0, 0)) == expected


def test_a_file_that_another_has_locked_first_is_given_up(
    engine: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a write to a temporary file that another process is about to remove."""
    root = tmp_path / "root"
    document = array_at(root)
    with faults.started(WRITES["part"], root, engine, "flock:STOP:.partial:0:1") as process:
        wait_for(process.has_stopped, "the stop")
        (file,) = temporaries(root)
        with file.open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            process.go_on()
            assert crud.read_region(document, root, (0, 0)) == 5
            file.unlink()


@pytest.mark.parametrize("how", ["ENOLCK", "ENOSYS", "ENOTSUP"])
def test_without_locks_nothing_is_removed(
    engine: str, how: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a removal where nothing shows whether a file has a writer."""
    root = tmp_path / "root"
    array_at(root)
    left = leave(root)
    code = f"""
    from zarr.crud._stores import leftovers
    now = time.time() + 2 * 24 * 3600
    leftovers.time.time = lambda: now
    {WRITES["part"]}
    crud.list_chunks(document, root)
    print(crud.read_region(document, root, (0, 0), engine=engine))
    """
    assert faults.run(code, root, engine, f"flock:{how}:{root}") == "5\n"
    assert left.exists()


def test_systems_without_locks_remove_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: Callable[[], None]
) -> None:
    """Catches the same where an open file cannot be renamed either."""
    document, left = array_at(tmp_path), leave(tmp_path)
    later()
    monkeypatch.setattr(file_locks, "HAS_LOCKS", False)
    crud.write_region(document, tmp_path, (0, 0), 5, engine="reference")
    assert crud.list_chunks(document, tmp_path) == [(0, 0), (0, 1)]
    assert left.exists()
    assert crud.read_region(document, tmp_path, (0, 0)) == 5


HEX: Final = "0123456789abcdef" * 2


def test_what_only_looks_like_a_leftover_stays(tmp_path: Path, later: Callable[[], None]) -> None:
    """Catches the removal of files of other writers, which hold no lock, of folders, links and
    pipes, and of other names.
    """
    document = array_at(tmp_path)
    folder, outside = tmp_path / "c/0", tmp_path / "outside"
    outside.write_bytes(b"precious")
    for name in (
        f"0.{HEX}.partial",
        f"0.{HEX.upper()}.crud.partial",
        f"0.{HEX[1:]}.crud.partial",
        f"0.0{HEX}.crud.partial",
        f"0.{HEX[1:]}g.crud.partial",
        f"0.{HEX}.crud.partial.bak",
        "0.crud.partial",
    ):
        (folder / name).write_bytes(b"another's")
    (folder / f"1.{HEX}.crud.partial").mkdir()
    (folder / f"2.{HEX}.crud.partial").symlink_to(outside)
    (folder / f"3.{HEX}.crud.partial").symlink_to(folder)
    (folder / f"4.{HEX}.crud.partial").symlink_to("nowhere")
    os.mkfifo(folder / f"5.{HEX}.crud.partial")
    before = sorted(folder.iterdir())
    later()
    crud.list_chunks(document, tmp_path)
    crud.write_region(document, tmp_path, (0, 0), 5)
    assert sorted(folder.iterdir()) == before
    assert outside.read_bytes() == b"precious"


def test_a_second_name_of_a_chunk_goes_and_the_chunk_stays(
    tmp_path: Path, later: Callable[[], None]
) -> None:
    """Catches a lost chunk: a process killed between a link and the removal of the old name leaves
    two names of one file.
    """
    document, left = array_at(tmp_path), leave(tmp_path)
    left.unlink()
    left.hardlink_to(tmp_path / "c/0/0")
    later()
    crud.list_chunks(document, tmp_path)
    assert not left.exists()
    assert np.array_equal(crud.read_region(document, tmp_path, slice(0, 2)), np.ones((2, 4)))


def test_a_read_only_store_keeps_its_leftovers(tmp_path: Path, later: Callable[[], None]) -> None:
    """Catches a change through a store that was opened to read."""
    document, left = array_at(tmp_path), leave(tmp_path)
    later()
    store = LocalStore(tmp_path, read_only=True)
    crud.list_chunks(document, store)
    crud.read_region(document, store)
    assert left.exists()


@pytest.mark.parametrize("times", ["back", "ahead", "both ahead"])
def test_times_that_were_set_make_no_file_older(
    times: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a modification time from an archive, or a clock behind that of the file system, that
    counts as age.
    """
    document, left = array_at(tmp_path), leave(tmp_path)
    now = time.time()
    if times == "both ahead":
        monkeypatch.setattr(time, "time", lambda: now - 10 * 24 * 3600)
    else:
        moved = now + (-1 if times == "back" else 1) * 10 * 24 * 3600
        os.utime(left, (moved, moved))
    if times == "ahead":
        monkeypatch.setattr(time, "time", lambda: now + 2 * 24 * 3600)
    crud.list_chunks(document, tmp_path)
    assert left.exists()


@pytest.mark.parametrize("fault", ["open:EACCES", "unlink:EACCES", "unlink:EROFS", "unlink:EPERM"])
def test_what_may_not_be_removed_is_no_obstacle(fault: str, tmp_path: Path, faults: Faults) -> None:
    """Catches a write that fails because of a read-only folder or another user's file."""
    root = tmp_path / "root"
    array_at(root)
    left = leave(root)
    code = """
    from zarr.crud._stores import leftovers
    now = time.time() + 2 * 24 * 3600
    leftovers.time.time = lambda: now
    print(crud.list_chunks(document, root))
    """
    out = faults.run(code, root, "reference", f"{fault}:{left.name}")
    assert out == "[(0, 0), (0, 1)]\n"
    assert left.exists()


def test_many_may_remove_at_once(tmp_path: Path, later: Callable[[], None]) -> None:
    """Catches a second process that fails, or removes something else, because the leftover is
    gone.
    """
    document = array_at(tmp_path)
    later()
    for turn in range(20):
        for number in range(10):
            leave(tmp_path, f"c/0/{turn}.{number}")
        threads = [in_thread(lambda: crud.list_chunks(document, tmp_path)) for _ in range(4)]
        for thread in threads:
            thread.join(30)
        assert temporaries(tmp_path) == []
    assert np.array_equal(crud.read_region(document, tmp_path, slice(0, 2)), np.ones((2, 4)))


def test_writes_look_at_most_once_in_a_second(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a listing for each write: it costs more than a small write."""
    document = array_of(tmp_path, (4, 4), sharded=False)
    looked: list[Any] = []
    scandir = os.scandir

    def look(path: Any) -> Any:
        looked.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", look)
    monkeypatch.setattr(leftovers, "_next_look", 0.0)
    start = time.monotonic()
    for value in range(1, 101):
        crud.write_chunk(document, tmp_path, (0, 0), value, engine=engine)
    assert 1 <= len(looked) <= 1 + time.monotonic() - start


def test_a_look_at_a_huge_folder_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a small write that lists a million chunks, for a second."""
    document = array_of(tmp_path, (4, 4), sharded=False)
    crud.write_chunk(document, tmp_path, (0, 0), 1)
    for number in range(50):
        (tmp_path / f"c/0/x{number}").touch()
    seen: list[list[str]] = []
    monkeypatch.setattr(leftovers, "MOST", 7)
    monkeypatch.setattr(leftovers, "remove_among", lambda _, names: seen.append(list(names)))
    monkeypatch.setattr(leftovers, "_next_look", 0.0)
    crud.write_chunk(document, tmp_path, (0, 0), 2)
    assert [len(names) for names in seen] == [7]
