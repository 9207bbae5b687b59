"""Values of an asynchronous store as the extension takes them: while some arrive, it decodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.abc.store import RangeByteRequest, SuffixByteRequest
from zarr.crud.backends import Feed, get_part, is_steady, store_prototype

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from collections.abc import Buffer as BufferLike

    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer, BufferPrototype

type Request = tuple[str, int | None, int | None]
"""A key and a range: all of it, `length` bytes from `start`, or the last `length` bytes."""

type Tagged = tuple[Buffer | None, str | None]
"""The bytes of a value, and its tag."""


class StoreFeed:
    """The requests of one call, each for a job and with a number in the job."""

    def __init__(self, store: Store, get: Callable[..., Awaitable[Tagged]]) -> None:
        prototype = store_prototype()

        async def read(key: str, byte_range: ByteRequest | None) -> Tagged:
            return await get(store, key, prototype, byte_range)

        self._feed: Feed[tuple[int, int], str, ByteRequest | None, Tagged] = Feed(read)
        self.stop_after = self._feed.stop_after
        self.close = self._feed.close

    def ask(self, asks: list[tuple[int, int, Request]]) -> None:
        """Send requests, after those that were sent before."""
        self._feed.ask(
            ((job, number), (key, byte_range_of(start, length)))
            for job, number, (key, start, length) in asks
        )

    def take(
        self,
    ) -> list[tuple[int, int, BufferLike | None, str | None, BaseException | None]]:
        """Wait for an answer, and return all that have arrived.

        An answer has the job and the number of its request, the bytes or `None` if the key is
        absent, the tag of the value that they are of, and the exception of the store.
        """
        return [
            (*key, lent(found[0]), found[1], None) if found else (*key, None, None, failure)
            for key, found, failure in self._feed.take()
        ]


async def get_untagged(
    store: Store, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
) -> Tagged:
    """Return a value or a part of it, as `get_tagged` does, of a store that gives no tags."""
    return await get_part(store, key, prototype, byte_range), None


def lent(buffer: Buffer | None) -> BufferLike | None:
    """Return a buffer's memory; the extension copies writable memory."""
    if buffer is None:
        return None
    array = buffer.as_numpy_array()
    if array.flags.writeable or is_steady(array):
        return array
    return array.tobytes()


def byte_range_of(start: int | None, length: int | None) -> ByteRequest | None:
    """Return a range in the form that stores take."""
    if length is None:
        return None
    return SuffixByteRequest(length) if start is None else RangeByteRequest(start, start + length)
