"""Stores that reach the values of another store without its methods and without an event loop."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.crud._stores.writable import check_writable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from collections.abc import Buffer as BufferLike

    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype

type Request = tuple[str, int | None, int | None]
"""A key and a range: all of it, so many bytes from a place, all from a place, or the last bytes."""


class DirectStore(Store):
    """The values of another store, reached without an event loop.

    Messages name the other store. A subclass waits in its own methods and lets a signal or a
    cancellation of the running call end the wait: of a read at once, and of a change once all
    requests under way are answered. Its methods may be called in a forked child. The asynchronous
    methods never suspend.
    """

    def __init__(self, reached: Store) -> None:
        super().__init__(read_only=reached.read_only)
        self._is_open = True
        self.reached = reached

    @abstractmethod
    def get_many(self, requests: Sequence[Request]) -> list[bytes | None]:
        """Return the bytes of each request, many at a time; `None` if the key is absent."""

    @abstractmethod
    def start_get(self, key: str) -> Callable[[], bytes | None]:
        """Request a value; return a function that waits for it."""

    @abstractmethod
    def put(self, key: str, value: BufferLike) -> None:
        """Replace a value."""

    def put_absent(self, key: str, value: BufferLike) -> bool | None:
        """Store a value if there is none; return whether it was. `None`: no such condition here."""
        return None

    @abstractmethod
    def delete_many(self, keys: list[str]) -> None:
        """Delete keys, many at a time; each may be absent."""

    @abstractmethod
    def list_below(self, path: str) -> list[str]:
        """Return all keys below a path; `""` is the whole store."""

    @abstractmethod
    def list_level(self, path: str) -> tuple[list[str], list[str]]:
        """Return the keys directly below a path, and the paths directly below with keys below."""

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Return a value or a part of it; `None` if the key is absent."""
        found = self.get_many([(key, *_span(byte_range))])[0]
        if found is None:
            return None
        return (prototype or default_buffer_prototype()).buffer.from_bytes(found)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Replace a value."""
        check_writable(self)
        self.put(key, value.as_buffer_like())

    def delete_sync(self, key: str) -> None:
        """Delete a key; it may be absent."""
        check_writable(self)
        self.delete_many([key])

    def __str__(self) -> str:
        return str(self.reached)

    def __repr__(self) -> str:
        return repr(self.reached)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DirectStore) and self.reached == other.reached

    @property
    def supports_writes(self) -> bool:
        """As the other store."""
        return self.reached.supports_writes

    @property
    def supports_deletes(self) -> bool:
        """As the other store."""
        return self.reached.supports_deletes

    @property
    def supports_listing(self) -> bool:
        """As the other store."""
        return self.reached.supports_listing

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return a value or a part of it; `None` if the key is absent."""
        return self.get_sync(key, prototype=prototype, byte_range=byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return values or parts of them; `None` for absent keys."""
        found = self.get_many([(key, *_span(byte_range)) for key, byte_range in key_ranges])
        from_bytes = prototype.buffer.from_bytes
        return [None if value is None else from_bytes(value) for value in found]

    async def exists(self, key: str) -> bool:
        """Return whether a key has a value."""
        return self.get_many([(key, 0, 1)]) != [None]

    async def set(self, key: str, value: Buffer) -> None:
        """Replace a value."""
        self.set_sync(key, value)

    async def delete(self, key: str) -> None:
        """Delete a key; it may be absent."""
        self.delete_sync(key)

    async def list(self) -> AsyncIterator[str]:
        """Return all keys."""
        for key in self.list_below(""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Return the keys that begin with a prefix, which is empty or ends with a slash."""
        for key in self.list_below(prefix.removesuffix("/")):
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Return the names directly below a path."""
        path = prefix.removesuffix("/")
        keys, folders = self.list_level(path)
        for name in sorted({*keys, *folders}):
            yield name.removeprefix(f"{path}/" if path else "")


def _span(byte_range: ByteRequest | None) -> tuple[int | None, int | None]:
    if byte_range is None:
        return None, None
    if isinstance(byte_range, RangeByteRequest):
        return byte_range.start, byte_range.end - byte_range.start
    if isinstance(byte_range, OffsetByteRequest):
        return byte_range.offset, None
    if isinstance(byte_range, SuffixByteRequest):
        return None, byte_range.suffix
    raise ValueError(f"Unexpected byte_range, got {byte_range!r}; use a class of zarr.abc.store.")
