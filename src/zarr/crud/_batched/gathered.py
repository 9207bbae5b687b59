"""All chunks that a batch holds, within its bound, and when they are written."""

from __future__ import annotations

import os
from operator import attrgetter
from threading import Lock
from typing import TYPE_CHECKING, Any

from zarr.crud._batched import said
from zarr.crud._batched.backend import BatchedBackend
from zarr.crud._batched.held import HeldChunk, Settings, cost_of
from zarr.crud._batched.lifetime import Lifetime
from zarr.crud._batched.pause import Pause
from zarr.crud._batched.pieces import store
from zarr.crud._batched.taken import TakenChunks, claim
from zarr.crud._stores.at_hand import is_at_hand, most_requests
from zarr.crud._stores.batches import work_on_each

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zarr.abc.store import Store
    from zarr.crud._batched.held import Index
    from zarr.crud._options import Options
    from zarr.crud._stores.holder import Meant
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.policy import Engine


class Gathered:
    """The chunks that a batch holds, by key, those that were written last at the end.

    `_lock` is held for changes of the tables only. A thread that holds a chunk's lock may take it,
    not the other way round.
    """

    def __init__(self, inner: Store, max_bytes: int, engine: Engine, options: Options) -> None:
        self.inner, self.max_bytes = inner, max_bytes
        self.engine: Any = engine
        self.options = options
        self.written: dict[str, int] = {}
        """How many chunks were written, by the path of their array."""
        self._chunks: dict[str, HeldChunk] = {}
        self._paths: dict[str, int] = {}
        self._nbytes = 0
        self._lock = Lock()
        self._backends: dict[int, BatchedBackend] = {}
        self.lifetime = Lifetime()

    @property
    def nbytes(self) -> int:
        """The bytes that are held."""
        return self._nbytes

    def check_open(self) -> None:
        """Refuse a batch that cannot be used here and now; see `Holder`."""
        self.lifetime.check_open()

    def backend(self, inner: CrudBackend) -> BatchedBackend:
        """Return the backend that gathers the writes of another one, always the same."""
        made = self._backends.get(id(inner))
        return made or self._backends.setdefault(id(inner), BatchedBackend(self, inner))

    def chunk_at(self, key: str) -> HeldChunk | None:
        """Return the chunk that is held at a key."""
        return self._chunks.get(key)

    def holds_any_of(self, path: str) -> bool:
        """Return whether a chunk of an array is held."""
        return path in self._paths

    def holds(self, meant: Meant) -> bool:
        """Return whether any of these keys has a chunk that is held; see `Holder`."""
        return bool(meant(self._chunks))

    def put(self, settings: Settings, index: Index, put: Callable[[HeldChunk], int]) -> None:
        """Change a chunk, which is held from now on; `put` returns the bytes of texts in it."""
        key, pause = settings.key(index), Pause()
        while True:
            chunk = self._held(settings, index, key)
            with chunk.lock:
                can = not (chunk.is_gone or chunk.is_kept_busy())
                fits = can and chunk.takes(settings)
                if fits:
                    grown = put(chunk)
            if fits:
                break
            if can:
                # What was written in another way comes first.
                self._store(chunk)
            else:
                pause()
        with self._lock:
            if self._chunks.get(key) is chunk:
                del self._chunks[key]
                self._chunks[key] = chunk
                chunk.nbytes += grown
                self._nbytes += grown
        if grown and self._nbytes > self.max_bytes:
            self._store_each(self._oldest(self._nbytes - self.max_bytes))

    def _held(self, settings: Settings, index: Index, key: str) -> HeldChunk:
        """Return the chunk of a key; make room for a new one."""
        document, pause = settings.document, Pause()
        cost = cost_of(document.chunk_shape_at(index), document.dtype)
        while True:
            self.lifetime.check_not_dropped()
            with self._lock:
                chunk = self._chunks.get(key)
                if chunk is None and self._nbytes + cost <= self.max_bytes:
                    chunk = self._chunks[key] = HeldChunk(settings, index)
                    self._nbytes += cost
                    path = settings.location.path
                    self._paths[path] = self._paths.get(path, 0) + 1
                if chunk is not None:
                    return chunk
                oldest = self._oldest(self._nbytes + cost - self.max_bytes)
            if oldest:
                self._store_each(oldest)
            else:
                pause()

    def _oldest(self, nbytes: int) -> list[HeldChunk]:
        """The chunks to write for so many bytes of room: those that were written to least recently.

        For half of the bound at least, so that many are written at a time; not those that other
        threads are writing.
        """
        found: list[HeldChunk] = []
        nbytes = max(nbytes, self.max_bytes // 2)
        for chunk in list(self._chunks.values()):
            if nbytes <= 0:
                break
            if not chunk.is_busy:
                found.append(chunk)
            nbytes -= chunk.nbytes
        return found

    def write_out(self, meant: Meant) -> None:
        """Write the chunks of these keys; see `Holder`."""
        with self.lifetime.at_work():
            found = [self._chunks.get(key) for key in meant(self._chunks)]
            self._store_each([chunk for chunk in found if chunk is not None])

    def take_out(self, meant: Meant) -> TakenChunks:
        """Keep the chunks of these keys from being written; see `Holder`."""
        self.check_open()
        taken = TakenChunks(self.remove)
        try:
            for key in sorted(meant(self._chunks)):
                chunk = self._chunks.get(key)
                if chunk is not None and claim(chunk):
                    taken.chunks.append(chunk)
        except BaseException:
            taken.give_back()
            raise
        return taken

    def _store_each(self, chunks: Sequence[HeldChunk]) -> None:
        if chunks:
            threads = 1 if len(chunks) == 1 else self._threads(chunks)
            work_on_each(self._store, chunks, threads, attrgetter("key"))

    def _threads(self, chunks: Sequence[HeldChunk]) -> int:
        asked = [c for c in (chunk.settings.options.concurrency for chunk in chunks) if c]
        usual = (os.cpu_count() or 1) if is_at_hand(self.inner) else most_requests()
        return max(asked, default=usual)

    def _store(self, chunk: HeldChunk) -> None:
        """Write a chunk, unless another thread has, or the batch was ended by an exception."""
        self.lifetime.check_not_dropped()
        if not claim(chunk):
            return
        chunk.is_begun = True
        try:
            store(chunk)
        except BaseException:
            chunk.is_busy = False
            raise
        self.note_written(chunk.path, 1)
        self.remove(chunk)

    def note_written(self, path: str, number: int) -> None:
        """Count chunks that were written."""
        with self._lock:
            self.written[path] = self.written.get(path, 0) + number

    def remove(self, chunk: HeldChunk) -> None:
        """Hold a chunk no longer, which this thread has claimed."""
        key, path = chunk.key, chunk.path
        with self._lock:
            if self._chunks.get(key) is chunk:
                del self._chunks[key]
                self._nbytes -= chunk.nbytes
                self._paths[path] -= 1
                if not self._paths[path]:
                    del self._paths[path]
        chunk.is_gone = True

    def close(self, error: BaseException | None, thread: int) -> None:
        """End the batch: write what is held, or drop it after an exception, which gets a note.

        `thread` is the one whose block ends.
        """
        if not self.lifetime.end(is_dropped=error is not None):
            return
        try:
            self._await_work(thread)
            if error is None:
                self._store_all()
            elif self._chunks or self.written:
                error.add_note(self._said())
        finally:
            self._chunks.clear()
            self._paths.clear()
            self._nbytes = 0

    def _await_work(self, thread: int) -> None:
        try:
            self.lifetime.await_work(thread)
        except BaseException as interrupt:
            interrupt.add_note(self._said())
            raise

    def _said(self) -> str:
        return said.of_body(self.inner, self.written, self._chunks.values())

    def _store_all(self) -> None:
        held = list(self._chunks.values())
        try:
            self._store_each(held)
        except BaseException as failure:
            failure.add_note(said.of_end(self.inner, held))
            raise
