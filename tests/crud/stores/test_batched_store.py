"""The methods of a batch as a store: no older state, and nothing that comes back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.abc.store import RangeByteRequest, Store
from zarr.core.buffer.cpu import Buffer, buffer_prototype
from zarr.crud._stores.batched_store import BatchedStore, batch_of, without_batch
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

DOCUMENT = document_members()
KEY = "a/c/0/0"
ONE = RangeByteRequest(0, 1)


async def listed(found: Any) -> list[Any]:
    """All that an asynchronous iterator yields."""
    return [one async for one in found]


async def ranges(store: Store) -> Any:
    """A range, as `get_ranges` yields it."""
    groups = await listed(store.get_ranges(KEY, [ONE], prototype=buffer_prototype))
    return groups[0][0][1]


async def many(store: Store) -> Any:
    """A range, as `_get_many` yields it."""
    return (await listed(store._get_many([(KEY, buffer_prototype, ONE)])))[0][1]


READS: dict[str, Callable[[Store], Coroutine[Any, Any, Any]]] = {
    "get": lambda s: s.get(KEY, buffer_prototype),
    "get_partial_values": lambda s: s.get_partial_values(buffer_prototype, [(KEY, ONE)]),
    "get_ranges": ranges,
    "_get_many": many,
    "exists": lambda s: s.exists(KEY),
    "getsize": lambda s: s.getsize(KEY),
    "getsize_prefix": lambda s: s.getsize_prefix("a"),
    "is_empty": lambda s: s.is_empty("a"),
    "list": lambda s: listed(s.list()),
    "list_prefix": lambda s: listed(s.list_prefix("a/c/")),
    "list_dir": lambda s: listed(s.list_dir("a/c")),
}

CHANGES: dict[str, Callable[[Store], Coroutine[Any, Any, Any]]] = {
    "set": lambda s: s.set(KEY, Buffer.from_bytes(b"new")),
    "_set_many": lambda s: s._set_many([(KEY, Buffer.from_bytes(b"new"))]),
    "delete": lambda s: s.delete(KEY),
    "delete_dir": lambda s: s.delete_dir("a"),
    "clear": lambda s: s.clear(),
}


def bytes_of(found: Any) -> Any:
    """A result that can be compared."""
    if isinstance(found, Buffer):
        return found.to_bytes()
    return [bytes_of(one) for one in found] if isinstance(found, list) else found


def holding(batch: Store) -> None:
    """Let a batch hold a part of a chunk."""
    crud.write_region(DOCUMENT, batch, (0, 0), 5, path="a", detached=True)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("name", READS)
def test_what_is_read_was_written(name: str, is_async: bool) -> None:
    """Catches a method that answers from the store although a chunk is held."""
    stores: list[Any] = [AsyncOnlyStore() if is_async else MemoryStore() for _ in "ab"]
    with crud.batched_writes(stores[0]) as batch:
        holding(batch)
        holding(stores[1])
        found = asyncio.run(READS[name](batch))
        expected = asyncio.run(READS[name](stores[1]))
        assert bytes_of(found) == bytes_of(expected)
        assert bytes_of(found) not in (None, [], [None])
        assert batch.nbytes == 0


@pytest.mark.parametrize("name", READS)
def test_other_keys_stay_held(name: str) -> None:
    """Catches a request for one key that writes the whole batch."""
    with crud.batched_writes(MemoryStore()) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), 5, path="b", detached=True)
        holding(batch)
        asyncio.run(READS[name](batch))
        assert (batch.nbytes > 0) == (name != "list")


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_what_is_replaced_or_deleted_does_not_come_back(name: str, is_async: bool) -> None:
    """Catches a chunk that is held and written over a later value, or after its deletion."""
    inner = MemoryStore()
    store = AsyncOnlyStore(inner) if is_async else inner
    with crud.batched_writes(store) as batch:
        holding(batch)
        asyncio.run(CHANGES[name](batch))
        assert batch.nbytes == 0
    found = inner._store_dict.get(KEY)
    assert (None if found is None else found.to_bytes()) == (b"new" if "set" in name else None)


def test_synchronous_methods_do_the_same() -> None:
    """Catches the methods of zarr's synchronous path that go around the batch."""
    store = MemoryStore()
    with crud.batched_writes(store) as batch:
        holding(batch)
        found = batch.get_sync(KEY, prototype=buffer_prototype)
        assert found is not None
        holding(batch)
        batch.set_sync(KEY, Buffer.from_bytes(b"new"))
        assert batch.nbytes == 0
        crud.write_region(document_members(fill_value=3), batch, (3, 0), 5, path="a", detached=True)
        batch.delete_sync("a/c/1/0")
    assert store._store_dict[KEY].to_bytes() == b"new"
    assert "a/c/1/0" not in store._store_dict


@pytest.mark.parametrize("name", CHANGES)
def test_what_could_not_be_replaced_is_still_held(name: str) -> None:
    """Catches elements that are lost by an error of another call."""

    class Failing(MemoryStore):
        fails = True

        def _check_writable(self) -> None:
            if self.fails:
                raise OSError(5, "I/O")

        async def clear(self) -> None:
            self._check_writable()

    store = Failing()
    with crud.batched_writes(store) as batch:
        holding(batch)
        with pytest.raises(OSError, match="I/O"):
            asyncio.run(CHANGES[name](batch))
        assert batch.nbytes > 0
        store.fails = False
    assert KEY in store._store_dict


def test_a_value_that_is_held_exists() -> None:
    """Catches a value that is set although a chunk is held for its key."""
    with crud.batched_writes(MemoryStore()) as batch:
        holding(batch)
        asyncio.run(batch.set_if_not_exists(KEY, Buffer.from_bytes(b"new")))
        assert crud.read_region(DOCUMENT, batch, (0, 0), path="a", detached=True) == 5


def test_a_view_to_read_shows_the_batch_and_changes_nothing() -> None:
    """Catches a view that does not see what is held, or that writes."""
    with crud.batched_writes(MemoryStore()) as batch:
        crud.create(DOCUMENT, batch, path="a")
        holding(batch)
        view = batch.with_read_only(True)
        assert view.read_only
        assert crud.read_region(DOCUMENT, view, (0, 0), path="a") == 5
        assert batch.nbytes > 0
        with pytest.raises(crud.ReadOnlyError):
            crud.write_region(DOCUMENT, view, (0, 0), 6, path="a")
        with pytest.raises(crud.ReadOnlyError):
            view.set_sync(KEY, Buffer.from_bytes(b"new"))
        assert not view.with_read_only(False).read_only
        array = zarr.open_array(batch, path="a", mode="r")
        assert array[0, 0] == 5


def test_a_batch_closes_no_store(tmp_path: Any) -> None:
    """Catches a store of the user's that is closed by whoever got the batch."""
    with zarr.storage.ZipStore(tmp_path / "a.zip", mode="w") as store:
        with crud.batched_writes(store) as batch:
            with batch.with_read_only(True):
                pass
            batch.close()
            holding(batch)
        assert KEY in store._zf.namelist()


def test_a_batch_is_found_behind_its_stores() -> None:
    """Catches a store that is not recognised as a batch, or one that is taken for one."""
    store = MemoryStore()
    with crud.batched_writes(store) as batch:
        assert batch_of(store) is None
        assert batch_of(batch) is batch_of(batch.with_read_only(True)) is not None
        assert without_batch(batch) is without_batch(store) is store
        assert isinstance(batch, BatchedStore)
        assert batch == batch.with_read_only(True)
        assert batch != store
        assert str(batch) == str(store)
        assert repr(store) in repr(batch)
    with pytest.raises(crud.BatchError):
        batch_of(batch)
