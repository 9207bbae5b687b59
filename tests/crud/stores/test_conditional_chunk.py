"""A chunk that is replaced only if it has not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import obstore
import pytest

from zarr.abc.store import RangeByteRequest
from zarr.core.buffer.cpu import Buffer
from zarr.crud import Options
from zarr.crud._stores import attempts
from zarr.crud._stores.conditional_chunk import ConditionalChunk
from zarr.crud._stores.local_chunk import change_chunk
from zarr.storage import MemoryStore, ObjectStore

if TYPE_CHECKING:
    from zarr.crud._stores.chunk import StoredChunk


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    monkeypatch.setattr(attempts, "_LONGEST_PAUSE", 0.001)


@pytest.fixture
def store() -> ObjectStore[Any]:
    return ObjectStore(obstore.store.MemoryStore())


def stored(store: ObjectStore[Any]) -> bytes | None:
    try:
        return obstore.get(store.store, "k").bytes().to_bytes()
    except FileNotFoundError:
        return None


def append(chunk: StoredChunk, text: bytes) -> None:
    """Replace a value by a longer one."""
    found = chunk.get_sync()
    chunk.set_sync(Buffer.from_bytes((b"" if found is None else found.to_bytes()) + text))


def test_the_option_and_the_store_choose_the_kind_of_chunk(store: ObjectStore[Any]) -> None:
    """Catches a condition where none was asked for, and none where it is the default."""
    kinds = []
    for locking in ("auto", "conditional", "threads"):
        for of in (store, MemoryStore()):
            options = Options(locking=locking)
            change_chunk(of, "k", options, lambda chunk: kinds.append(type(chunk)))
    assert [kind is ConditionalChunk for kind in kinds] == [True, False, True, False, False, False]


def test_the_work_is_repeated_with_the_new_value(store: ObjectStore[Any]) -> None:
    """Catches a value that is changed, and replaces what others wrote after it was read."""
    seen = []

    def work(chunk: StoredChunk) -> None:
        found = chunk.get_sync()
        seen.append(None if found is None else found.to_bytes())
        assert chunk.get_sync() is found
        if len(seen) < 3:
            obstore.put(store.store, "k", b"theirs%d" % len(seen))
        append(chunk, b"+ours")

    change_chunk(store, "k", Options(), work)
    assert seen == [None, b"theirs1", b"theirs2"]
    assert stored(store) == b"theirs2+ours"


def test_what_was_put_is_read_by_the_same_work(store: ObjectStore[Any]) -> None:
    """Catches work that sees the value from before its own change."""

    def work(chunk: StoredChunk) -> None:
        append(chunk, b"1")
        append(chunk, b"2")

    change_chunk(store, "k", Options(), work)
    assert stored(store) == b"12"


def test_a_range_is_of_the_value_that_is_replaced(store: ObjectStore[Any]) -> None:
    """Catches a range of another value than the one that the condition is about."""
    obstore.put(store.store, "k", b"0123456789")

    def work(chunk: StoredChunk) -> None:
        part = chunk.get_sync(byte_range=RangeByteRequest(2, 4))
        assert part is not None
        chunk.set_sync(part)

    change_chunk(store, "k", Options(), work)
    assert stored(store) == b"23"


def test_what_was_not_read_is_replaced_and_deleted_in_any_case(store: ObjectStore[Any]) -> None:
    """Catches a request for a value that nobody needs."""
    obstore.put(store.store, "k", b"old")
    change_chunk(store, "k", Options(), lambda chunk: chunk.set_sync(Buffer.from_bytes(b"new")))
    assert stored(store) == b"new"
    change_chunk(store, "k", Options(), lambda chunk: chunk.delete_sync())
    assert stored(store) is None


def test_a_value_that_was_read_is_replaced_by_an_empty_one(store: ObjectStore[Any]) -> None:
    """Catches a deletion of what another writer stored after the value was read."""
    obstore.put(store.store, "k", b"old")
    times: list[bytes] = []

    def work(chunk: StoredChunk) -> None:
        chunk.encode_empty = lambda: Buffer.from_bytes(b"empty")
        found = chunk.get_sync()
        assert found is not None
        if not times:
            obstore.put(store.store, "k", b"theirs")
        times.append(found.to_bytes())
        if found.to_bytes() == b"theirs":
            append(chunk, b"+ours")
        else:
            chunk.delete_sync()

    change_chunk(store, "k", Options(), work)
    assert times == [b"old", b"theirs"]
    assert stored(store) == b"theirs+ours"
    change_chunk(store, "k", Options(), empty)
    assert stored(store) == b"empty"
    obstore.delete(store.store, "k")
    change_chunk(store, "k", Options(), empty)
    assert stored(store) is None


def empty(chunk: StoredChunk) -> None:
    """Find that nothing is left to store."""
    chunk.encode_empty = lambda: Buffer.from_bytes(b"empty")
    chunk.get_sync()
    chunk.delete_sync()


def test_an_error_of_the_work_ends_it(store: ObjectStore[Any]) -> None:
    """Catches an error that is taken for a conflict."""

    def work(chunk: StoredChunk) -> None:
        chunk.get_sync()
        raise KeyError

    with pytest.raises(KeyError):
        change_chunk(store, "k", Options(), work)
