"""Ranges that extend beyond the end of a value."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import Buffer, default_buffer_prototype
from zarr.core.buffer.cpu import Buffer as CpuBuffer
from zarr.crud._stores.ranges import get_part, get_part_sync
from zarr.storage import MemoryStore

PROTOTYPE = default_buffer_prototype()
VALUE = b"0123456789"


class Strict(MemoryStore):
    """A store that raises its own error for a range beyond the end of a value."""

    def __init__(self, *, is_gone: bool = False) -> None:
        super().__init__({"k": CpuBuffer.from_bytes(VALUE)})
        self.failure = OSError("416: range not satisfiable")
        self.is_gone = is_gone

    def get_sync(self, key: str, **options: Any) -> Buffer | None:
        byte_range = options.get("byte_range")
        if byte_range is None and self.is_gone:
            raise PermissionError("the store is gone")
        end = max(getattr(byte_range, name, 0) for name in ("end", "offset", "suffix"))
        if byte_range is not None and (key not in self._store_dict or end > len(VALUE)):
            raise self.failure
        return super().get_sync(key, **options)

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Buffer | None:
        return self.get_sync(key, prototype=prototype, byte_range=byte_range)

    async def getsize(self, key: str) -> int:
        found = self.get_sync(key, prototype=PROTOTYPE)
        if found is None:
            raise FileNotFoundError(key)
        return len(found)


def part(kind: str, store: Any, key: str, byte_range: ByteRequest | None) -> bytes | None:
    """A part of a value, read by one of the two functions."""
    if kind == "sync":
        found = get_part_sync(store, key, PROTOTYPE, byte_range)
    else:
        found = asyncio.run(get_part(store, key, PROTOTYPE, byte_range))
    return None if found is None else found.to_bytes()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """The synchronous or the asynchronous function."""
    name: str = request.param
    return name


@pytest.mark.parametrize(
    ("byte_range", "expected"),
    [
        (None, VALUE),
        (RangeByteRequest(2, 5), b"234"),
        (RangeByteRequest(0, 10), VALUE),
        (RangeByteRequest(0, 11), b""),
        (RangeByteRequest(10, 12), b""),
        (RangeByteRequest(99, 100), b""),
        (SuffixByteRequest(3), b"789"),
        (SuffixByteRequest(10), VALUE),
        (SuffixByteRequest(11), b""),
    ],
)
def test_a_range_beyond_the_end_gives_no_bytes(kind: str, byte_range: Any, expected: bytes) -> None:
    """Catches a store's own error if a damaged index requests bytes that do not exist."""
    assert part(kind, Strict(), "k", byte_range) == expected


@pytest.mark.parametrize(
    ("key", "byte_range", "is_gone"),
    [
        ("absent", RangeByteRequest(0, 11), False),
        ("k", RangeByteRequest(0, 11), True),
        ("k", OffsetByteRequest(11), False),
    ],
)
def test_any_other_error_is_the_stores_own(
    kind: str, key: str, byte_range: Any, *, is_gone: bool
) -> None:
    """Catches a failure that reads as an empty value, or the error of the second request."""
    store = Strict(is_gone=is_gone)
    with pytest.raises(OSError, match="416") as caught:
        part(kind, store, key, byte_range)
    assert caught.value is store.failure


def test_an_error_within_the_value_is_raised(kind: str) -> None:
    """Catches a broken connection that is mistaken for the end of the value."""

    class Failing(Strict):
        def get_sync(self, key: str, **options: Any) -> Buffer | None:
            if options.get("byte_range") is not None:
                raise self.failure
            return super().get_sync(key, **options)

    with pytest.raises(OSError, match="416"):
        part(kind, Failing(), "k", RangeByteRequest(2, 10))


def test_an_absent_value_is_none(kind: str) -> None:
    """Catches an absent chunk that reads as an empty value."""
    assert part(kind, MemoryStore(), "absent", None) is None
    assert part(kind, MemoryStore(), "absent", RangeByteRequest(0, 11)) is None
