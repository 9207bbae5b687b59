"""Something other than a file in the place of a chunk: an error, not fill values, not a hang."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.faults.support import Faults, array_of
from tests.patience import in_thread, join
from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Callable


def directory(at: Path) -> None:
    at.mkdir()
    (at / "inside").write_text("mine")


def fifo(at: Path) -> None:
    os.mkfifo(at)


def bound_socket(at: Path) -> None:
    # Names of sockets are short.
    with chdir(at.parent), socket.socket(socket.AF_UNIX) as listener:
        listener.bind(at.name)


def loop(at: Path) -> None:
    at.symlink_to(at)


OBSTACLES: dict[str, Callable[[Path], None]] = {
    "directory": directory, "fifo": fifo, "socket": bound_socket, "loop": loop,
}  # fmt: skip


def outcome(work: Callable[[], object]) -> object:
    """Return the result or the error of a call, which must end."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())
        except OSError as err:
            found.append(err)

    join(in_thread(run))
    return found[0]


def with_obstacle(root: Path, name: str, *, sharded: bool) -> crud.Document:
    document = array_of(root, (4, 4), sharded=sharded)
    (root / "c/0").mkdir(parents=True)
    OBSTACLES[name](root / "c/0/0")
    return document


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("name", OBSTACLES)
def test_reading_or_changing_what_is_no_file_is_an_error(
    engine: str, name: str, sharded: bool, tmp_path: Path
) -> None:
    """Catches invented values, if it counts as absent, and an endless wait, if a FIFO is opened
    like a file.
    """
    document = with_obstacle(tmp_path, name, sharded=sharded)
    for work in (
        lambda: crud.read_region(document, tmp_path, engine=engine),
        lambda: crud.read_region(document, tmp_path, (0, 0), engine=engine),
        lambda: crud.read_chunk(document, tmp_path, (0, 0), engine=engine),
        lambda: crud.write_region(document, tmp_path, (0, 0), 1, engine=engine),
    ):
        error = outcome(work)
        assert isinstance(error, OSError)
        assert error.errno in (errno.EISDIR, errno.EINVAL, errno.ENXIO, errno.ELOOP)
        assert error.filename == str(tmp_path / "c/0/0")
    assert [path.name for path in (tmp_path / "c/0").iterdir()] == ["0"]


@pytest.mark.parametrize("name", OBSTACLES)
def test_reading_the_bytes_of_what_is_no_file_is_an_error(name: str, tmp_path: Path) -> None:
    """Catches the same in the verb without codecs."""
    document = with_obstacle(tmp_path, name, sharded=False)
    error = outcome(lambda: crud.read_encoded_chunk(document, tmp_path, (0, 0)))
    assert isinstance(error, OSError)
    assert error.filename == str(tmp_path / "c/0/0")


@pytest.mark.parametrize("verb", ["write_region", "write_chunk", "write_encoded_chunk"])
@pytest.mark.parametrize("name", OBSTACLES)
def test_a_whole_chunk_takes_the_place_of_what_is_no_folder(
    engine: str, verb: str, name: str, tmp_path: Path
) -> None:
    """Catches a folder that is replaced: it is somebody's data."""
    document = with_obstacle(tmp_path, name, sharded=False)
    ones = np.ones((4, 4), "i4")
    verbs: dict[str, Callable[[], object]] = {
        "write_region": lambda: crud.write_region(document, tmp_path, ..., ones, engine=engine),
        "write_chunk": lambda: crud.write_chunk(document, tmp_path, (0, 0), ones, engine=engine),
        "write_encoded_chunk": lambda: crud.write_encoded_chunk(
            document, tmp_path, (0, 0), ones.tobytes()
        ),
    }
    error = outcome(verbs[verb])
    if name == "directory":
        assert isinstance(error, OSError)
        assert (tmp_path / "c/0/0/inside").read_text() == "mine"
    else:
        assert error is None
        assert np.array_equal(crud.read_region(document, tmp_path, engine=engine), ones)


@pytest.mark.parametrize("name", OBSTACLES)
def test_a_deletion_removes_what_is_no_folder(name: str, tmp_path: Path) -> None:
    """Catches the deletion of a folder with everything in it."""
    document = with_obstacle(tmp_path, name, sharded=False)
    error = outcome(lambda: crud.delete_chunk(document, tmp_path, (0, 0)))
    if name == "directory":
        assert isinstance(error, OSError)
        assert (tmp_path / "c/0/0/inside").read_text() == "mine"
    else:
        assert error is None
        assert list((tmp_path / "c/0").iterdir()) == []


def test_a_document_that_is_a_fifo_is_an_error(tmp_path: Path) -> None:
    """Catches an open that waits for a writer that never comes."""
    os.mkfifo(tmp_path / "zarr.json")
    error = outcome(lambda: crud.read_metadata(tmp_path))
    assert isinstance(error, OSError)


# Without its capabilities, root may only do what the modes of its files allow.
FORBIDDEN = """
    import ctypes
    version = (ctypes.c_uint32 * 2)(0x20080522, 0)
    assert ctypes.CDLL(None).capset(version, (ctypes.c_uint32 * 6)()) == 0
    for call in (
        lambda: crud.read_region(document, root, engine=engine),
        lambda: crud.write_region(document, root, (0, 0), 5, engine=engine),
        lambda: crud.write_region(document, root, ..., 5, engine=engine),
        lambda: crud.delete_chunk(document, root, (0, 0)),
        lambda: crud.read_encoded_chunk(document, root, (0, 0)),
    ):
        try:
            call()
            print("done")
        except PermissionError as err:
            print(os.path.relpath(err.filename, root))
"""


@pytest.mark.parametrize("sharded", [False, True])
def test_what_may_not_be_read_or_written_is_a_permission_error(
    engine: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches fill values, and a chunk that holds only what was written.

    Only the chunk and its folder deny access to their owner; the permissions above them do not
    matter.
    """
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    crud.write_region(document, root, ..., 3)
    chunk, folder = root / "c/0/0", root / "c/0"
    chunk.chmod(0o000)
    folder.chmod(0o500)
    try:
        assert faults.run(FORBIDDEN, root, engine) == "c/0/0\n" * 5
        assert chunk.stat().st_size >= 64
    finally:
        folder.chmod(0o700)
