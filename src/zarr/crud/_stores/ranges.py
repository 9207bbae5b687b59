"""Ranges of values: one that extends beyond the end gives no bytes, for every store.

Some stores raise their own error for such a range; zarr-python's `ObjectStore` does for more last
bytes than there are, if the service counts only from the start. The request comes from a damaged
index, or one of a value that was replaced meanwhile. The caller distinguishes them after a short
answer.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from zarr.abc.store import RangeByteRequest, SuffixByteRequest
from zarr.crud._stores.get_value import get_value

if TYPE_CHECKING:
    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer, BufferPrototype

_BOUNDED: Final = (RangeByteRequest, SuffixByteRequest)


def get_part_sync(
    store: Any, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
) -> Buffer | None:
    """Return a value or a part of it, from a store with synchronous methods."""
    try:
        found: Buffer | None = store.get_sync(key, prototype=prototype, byte_range=byte_range)
    except Exception:
        if not isinstance(byte_range, _BOUNDED):
            raise
        whole = None
        # If this fails too, the first error is the one to raise.
        with suppress(Exception):
            whole = store.get_sync(key, prototype=prototype)
        if whole is None or _lies_in(byte_range, len(whole)):
            raise
        return prototype.buffer.from_bytes(b"")
    return found


async def get_part(
    store: Store, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
) -> Buffer | None:
    """Return a value or a part of it, from any store."""
    try:
        return await get_value(store, key, prototype, byte_range)
    except Exception:
        # If this fails too, the first error is the one to raise.
        if not await ends_beyond(store, key, byte_range):
            raise
        return prototype.buffer.from_bytes(b"")


async def ends_beyond(store: Store, key: str, byte_range: ByteRequest | None) -> bool:
    """Return whether a range is known to extend beyond the end of a value."""
    size = None
    if isinstance(byte_range, _BOUNDED):
        with suppress(Exception):
            size = await store.getsize(key)
    return size is not None and not _lies_in(byte_range, size)


def _lies_in(byte_range: Any, size: int) -> bool:
    if isinstance(byte_range, SuffixByteRequest):
        return byte_range.suffix <= size
    return bool(byte_range.start < byte_range.end <= size)
