"""One stored chunk, as zarr's codec pipeline reads and writes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer.cpu import Buffer, buffer_prototype
from zarr.crud import DecodeError
from zarr.crud._stores.chunk import NO_DAMAGE, StoredChunk
from zarr.crud._stores.steady import is_steady
from zarr.crud.testing import CountingStore, FailingStore, StoreFailure
from zarr.storage import MemoryStore


def holding(data: bytes | None) -> CountingStore:
    """A store that holds a value, or none."""
    store = CountingStore()
    if data is not None:
        store._store_dict["c/0"] = Buffer.from_bytes(data)
    return store


def read(chunk: StoredChunk, byte_range: Any = None) -> bytes | None:
    found = chunk.get_sync(byte_range=byte_range)
    return None if found is None else found.to_bytes()


def test_all_reads_see_one_value_until_it_is_replaced() -> None:
    """Catches an index from one value of a shard, and subchunks from another."""
    store = holding(b"0123456789")
    with StoredChunk(store, "c/0") as chunk:
        assert read(chunk, SuffixByteRequest(3)) == b"789"
        store._store_dict["c/0"] = Buffer.from_bytes(b"theirs")
        assert read(chunk, RangeByteRequest(2, 5)) == b"234"
        assert read(chunk, OffsetByteRequest(8)) == b"89"
        assert read(chunk) == b"0123456789"
        assert store.calls == [("get", "c/0")]
        chunk.set_sync(Buffer.from_bytes(b"ours"))
        assert read(chunk) == b"ours"
        chunk.delete_sync()
        assert read(chunk) is None
        assert read(chunk, SuffixByteRequest(3)) is None


def test_memory_that_may_change_is_copied() -> None:
    """Catches a decoder that reads the caller's memory while another thread changes it."""
    moving, store = np.arange(10, dtype="u1"), MemoryStore()
    store._store_dict["c/0"] = Buffer.from_array_like(moving)
    chunk = StoredChunk(store, "c/0")
    found = chunk.get_sync()
    assert found is not None
    moving[:] = 99
    assert found.to_bytes() == bytes(range(10))
    assert is_steady(np.asarray(found.as_numpy_array()))


class OtherBuffer(Buffer):
    """A buffer of another class, as for another device."""


def test_the_value_is_in_the_buffer_that_is_asked_for() -> None:
    """Catches a buffer of the store's kind where the codecs need their own kind."""
    prototype = buffer_prototype._replace(buffer=OtherBuffer)
    found = StoredChunk(holding(b"xyz"), "c/0").get_sync(prototype)
    assert type(found) is OtherBuffer
    assert found.to_bytes() == b"xyz"


def test_an_error_about_stored_bytes_is_damage_that_names_the_key() -> None:
    """Catches a codec's own message, which does not say where the bytes are."""
    chunk = StoredChunk(holding(b"xyz"), "c/0")
    chunk.get_sync()
    cause = RuntimeError("wrong header")
    with pytest.raises(DecodeError, match=r"c/0.*wrong header") as caught, chunk.decoding():
        raise cause
    assert caught.value.__cause__ is cause


@pytest.mark.parametrize("error", [ValueError, *NO_DAMAGE])
def test_an_error_that_is_no_damage_is_raised_unchanged(error: type[Exception]) -> None:
    """Catches a shortage of memory, or an absent chunk, that is reported as damaged bytes."""
    for data in (None, b"xyz"):
        chunk, raised = StoredChunk(holding(data), "c/0"), error("unrelated")
        chunk.get_sync()
        expected = error if data is None or error in NO_DAMAGE else DecodeError
        with pytest.raises(expected), chunk.decoding():
            raise raised


def test_an_error_of_the_store_is_no_damage() -> None:
    """Catches an error of the store, after bytes were read, that is reported as damage."""
    failure = OSError("no connection")
    store = FailingStore(failure, on="set")
    store._store_dict["c/0"] = Buffer.from_bytes(b"xyz")
    chunk = StoredChunk(store, "c/0")
    chunk.get_sync()
    with pytest.raises(OSError, match="no connection") as caught, chunk.decoding():
        chunk.set_sync(Buffer.from_bytes(b"ours"))
    assert caught.value is failure
    interrupt = StoreFailure(7)
    with pytest.raises(StoreFailure) as interrupted, chunk.decoding():
        raise interrupt
    assert interrupted.value is interrupt
