"""Stores that record which parts of chunks are requested from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from zarr.core.buffer import Buffer

type Entry = tuple[str, int, int]
"""A key, and the start and end of a part of its value."""


class RequestLog:
    """Requests for chunks: how many, and for which bytes."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, key: str, byte_range: Any, size: int) -> None:
        """Record a request for a value of a size."""
        if key.endswith((".json", ".zarray", ".zattrs", ".zgroup")):
            return
        start, end = 0, size
        if isinstance(byte_range, RangeByteRequest):
            start, end = byte_range.start, min(byte_range.end, size)
        elif isinstance(byte_range, SuffixByteRequest):
            start = max(0, size - byte_range.suffix)
        elif isinstance(byte_range, OffsetByteRequest):
            start = byte_range.offset
        self.entries.append((key, start, end))

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return len(self.entries)

    @property
    def bytes(self) -> int:
        """How many bytes they had."""
        return sum(end - start for _, start, end in self.entries)


class AsyncLogged(Store):
    """A store with asynchronous methods only, over a store in memory."""

    supports_writes = supports_deletes = supports_listing = True

    def __init__(self, inner: MemoryStore) -> None:
        super().__init__(read_only=True)
        self.inner, self.log = inner, RequestLog()

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = Store.__hash__

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Buffer | None:
        whole = self.inner._store_dict.get(key)
        self.log.add(key, byte_range, 0 if whole is None else len(whole))
        return await self.inner.get(key, prototype, byte_range)

    async def get_partial_values(
        self, prototype: Any, key_ranges: Iterable[tuple[str, Any]]
    ) -> list[Buffer | None]:
        return [await self.get(key, prototype, one) for key, one in key_ranges]

    async def exists(self, key: str) -> bool:
        return await self.inner.exists(key)

    async def set(self, key: str, value: Buffer) -> None:
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        raise NotImplementedError

    async def list(self) -> AsyncIterator[str]:
        async for key in self.inner.list():
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        async for key in self.inner.list_prefix(prefix):
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        async for key in self.inner.list_dir(prefix):
            yield key


class SyncLogged(MemoryStore):
    """A user's store with synchronous methods; its values are the ones of another."""

    def __init__(self, inner: MemoryStore) -> None:
        super().__init__(inner._store_dict, read_only=True)
        self.log = RequestLog()

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Buffer | None:
        whole = self._store_dict.get(key)
        self.log.add(key, byte_range, 0 if whole is None else len(whole))
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Buffer | None:
        prototype = prototype or default_buffer_prototype()
        return self.get_sync(key, prototype=prototype, byte_range=byte_range)
