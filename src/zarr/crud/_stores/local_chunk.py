"""A chunk of a local store: a file, read through one descriptor, replaced by the lock's holder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zarr.core.buffer.cpu import Buffer as CpuBuffer
from zarr.crud._stores import file_locks, files
from zarr.crud._stores.chunk import StoredChunk
from zarr.crud._stores.conditional_chunk import ConditionalChunk
from zarr.crud._stores.conditions import offers_conditions
from zarr.crud._stores.directories import directory_of
from zarr.crud._stores.key_locks import work_alone

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer
    from zarr.crud._options import Locking, Options
    from zarr.storage import LocalStore


def chunk_at(store: Store, key: str, options: Options) -> StoredChunk:
    """Return the chunk of a key in any store."""
    # A subclass may have changed the meaning of `get` and `set`.
    local = directory_of(store)
    return StoredChunk(store, key) if local is None else ChunkFile(local, key, options)


def change_chunk(
    store: Store, key: str, options: Options, work: Callable[[StoredChunk], None]
) -> None:
    """Run `work`, which reads and replaces a chunk; `options.locking` locks out other writers."""
    chunk = _chunk_to_change(store, key, options)
    work_alone(store, key, lambda: chunk.change(lambda: work(chunk)))


def _chunk_to_change(store: Store, key: str, options: Options) -> StoredChunk:
    if options.locking in ("auto", "conditional") and offers_conditions(store):
        return ConditionalChunk(store, key, options.locking)
    return chunk_at(store, key, options)


class ChunkFile(StoredChunk):
    """A chunk in a `LocalStore`."""

    def __init__(self, store: LocalStore, key: str, options: Options) -> None:
        super().__init__(store, key)
        store._ensure_open_sync()
        self._root = store.root.absolute()
        self._path = self._root / key
        self._fsync = options.durability == "fsync"
        self._locking = options.locking
        self._changes = False
        self._looked = False
        self._fd: int | None = None

    def __exit__(self, *_: object) -> None:
        """Close the file and release its lock."""
        self._end()

    def change(self, work: Callable[[], None]) -> None:
        """Run `work`, which reads and replaces the file; retry if another process was first."""
        self._changes = True
        while True:
            try:
                try:
                    work()
                finally:
                    self._end()
            except _Overtaken:
                continue
            finally:
                # Repeat this: a signal may have arrived before the inner `finally` began.
                self._end()
            if self._fsync:
                files.sync_folders([self._path], self._root)
            return

    def _bytes_at(self, byte_range: ByteRequest | None) -> Buffer | None:
        if not self._looked:
            self._look(self._locking if self._changes else "threads", keep=True)
        if self._fd is None:
            return None
        data = files.read(self._fd, self._path, byte_range)
        return CpuBuffer.from_bytes(data)

    def _put(self, value: Buffer) -> None:
        data = value.as_buffer_like()
        if not self._finds_nothing():
            files.replace(self._path, data, fsync=self._fsync)
        elif not files.create(self._path, data, self._locking, fsync=self._fsync):
            raise _Overtaken

    def _delete(self) -> None:
        if not self._finds_nothing():
            files.delete(self._path)

    def _finds_nothing(self) -> bool:
        """Lock the file; return whether there is none, so that another writer could be first."""
        if self._locking == "threads":
            self._close()
            return False
        if not self._looked:
            self._look(self._locking, keep=False)
        if not file_locks.HAS_LOCKS:
            # Such systems do not replace an open file.
            self._close()
        return self._fd is None

    def _look(self, locking: Locking, *, keep: bool) -> None:
        self._fd, self._looked = file_locks.claim(self._path, locking, keep=keep), True

    def _end(self) -> None:
        self._close()
        self._fd, self._looked = None, False

    def _close(self) -> None:
        fd = self._fd
        if fd is not None and fd != file_locks.UNREADABLE:
            file_locks.unlock(fd)
            # No step between this line and the close, or a signal could lead to a second close.
            self._fd = file_locks.UNREADABLE
            os.close(fd)


class _Overtaken(Exception):  # noqa: N818
    """Another process created the chunk after it was found absent."""
