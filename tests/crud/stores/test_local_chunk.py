"""A chunk of a local store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zarr.abc.store import RangeByteRequest
from zarr.core.buffer.cpu import Buffer
from zarr.crud import Options
from zarr.crud._stores import file_locks, files
from zarr.crud._stores.chunk import StoredChunk
from zarr.crud._stores.local_chunk import ChunkFile, change_chunk, chunk_at
from zarr.storage import LocalStore, MemoryStore

LOCKINGS: list[Any] = ["auto", "threads", "processes"]


class Derived(LocalStore):
    """A subclass, which may have changed `get` and `set`."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c" / "0"


def descriptors() -> set[str]:
    """The open files of this process."""
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def read(chunk: StoredChunk) -> bytes | None:
    found = chunk.get_sync()
    return None if found is None else found.to_bytes()


def test_only_files_of_a_plain_local_store_are_opened_directly(tmp_path: Path) -> None:
    """Catches a subclass whose own methods are bypassed."""
    assert type(chunk_at(LocalStore(tmp_path), "c/0", Options())) is ChunkFile
    assert type(chunk_at(Derived(tmp_path), "c/0", Options())) is StoredChunk
    assert type(chunk_at(MemoryStore(), "c/0", Options())) is StoredChunk


def test_all_reads_see_one_file(path: Path, tmp_path: Path) -> None:
    """Catches an index from one file, and subchunks from the file that replaced it."""
    files.replace(path, b"0123456789", fsync=False)
    before = descriptors()
    with chunk_at(LocalStore(tmp_path), "c/0", Options()) as chunk:
        found = chunk.get_sync(byte_range=RangeByteRequest(8, 10))
        files.replace(path, b"theirs", fsync=False)
        assert found is not None
        assert found.to_bytes() == b"89"
        assert read(chunk) == b"0123456789"
    assert descriptors() <= before
    with chunk:
        assert read(chunk) == b"theirs"


@pytest.mark.parametrize("durability", ["replace", "fsync"])
@pytest.mark.parametrize("locking", LOCKINGS)
def test_a_chunk_is_created_changed_and_deleted(
    locking: Any, durability: Any, path: Path, tmp_path: Path
) -> None:
    """Catches a change that is lost, or a lock or a temporary file that is left behind."""
    store, options = LocalStore(tmp_path), Options(locking=locking, durability=durability)

    def append(chunk: StoredChunk) -> None:
        chunk.set_sync(Buffer.from_bytes((read(chunk) or b"") + b"x"))

    for count in (1, 2, 3):
        change_chunk(store, "c/0", options, append)
        assert path.read_bytes() == b"x" * count
    change_chunk(store, "c/0", options, lambda chunk: chunk.set_sync(Buffer.from_bytes(b"all")))
    assert path.read_bytes() == b"all"
    for _ in range(2):
        change_chunk(store, "c/0", options, StoredChunk.delete_sync)
        assert list(path.parent.iterdir()) == []
    assert not file_locks._locked


@pytest.mark.parametrize("locking", ["auto", "processes"])
def test_a_change_is_made_anew_where_another_process_was_first(
    locking: Any, path: Path, tmp_path: Path
) -> None:
    """Catches an overwritten chunk of another process, which appeared after none was found."""
    seen: list[bytes | None] = []

    def work(chunk: StoredChunk) -> None:
        seen.append(read(chunk))
        if len(seen) == 1:
            files.replace(path, b"theirs", fsync=False)
        chunk.set_sync(Buffer.from_bytes((seen[-1] or b"") + b", ours"))

    change_chunk(LocalStore(tmp_path), "c/0", Options(locking=locking), work)
    assert seen == [None, b"theirs"]
    assert path.read_bytes() == b"theirs, ours"


@pytest.mark.parametrize("locking", LOCKINGS)
def test_an_error_of_the_work_releases_the_file(locking: Any, path: Path, tmp_path: Path) -> None:
    """Catches a file that stays locked or open after an error."""
    files.replace(path, b"old", fsync=False)
    before = descriptors()

    def work(chunk: StoredChunk) -> None:
        assert read(chunk) == b"old"
        assert bool(file_locks._locked) is (locking != "threads")
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        change_chunk(LocalStore(tmp_path), "c/0", Options(locking=locking), work)
    assert not file_locks._locked
    assert descriptors() <= before
    assert path.read_bytes() == b"old"
