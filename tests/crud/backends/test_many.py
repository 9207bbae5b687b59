"""Calls of a backend with many regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud import get_backend
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.lower import lower
from zarr.crud._stores.location import Location
from zarr.crud.backends import RegionRead, RegionWrite, key_locks, many
from zarr.crud.testing import CountingStore, assert_same
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def read_of(store: Store, selection: Any, out: Any = None, path: str = "") -> RegionRead:
    document = as_array_document(crud.read_metadata(store))
    lowered = lower(document, selection, "basic")
    return RegionRead(0, document, Location(store, path), lowered, out)


@pytest.fixture
def store() -> CountingStore:
    """A store with the values."""
    made = CountingStore()
    zarr.create_array(made, data=VALUES, chunks=(3, 2))
    return made


def test_only_results_that_overlap_are_copied(store: CountingStore) -> None:
    """Catches a copy of every result, and results that two threads fill."""
    given: list[Any] = []

    class Noting(type(get_backend("reference"))):  # type: ignore[misc]
        def read_regions(self, requests: Any, *, options: Any) -> Any:
            given.extend(request.out for request in requests)
            return super().read_regions(requests, options=options)

    room = np.zeros((3, 5), "i2")
    outs = [room[0], room[1], room[1]]
    requests = [read_of(store, n, out) for n, out in enumerate(outs)]
    found = many.read_regions(Noting(), requests, crud.Options(), detached=True)
    assert [out is None for out in given] == [False, True, True]
    assert all(a is b for a, b in zip(found, outs, strict=True))
    assert_same(room, np.stack([VALUES[0], VALUES[2], np.zeros(5, "i2")]))


def test_an_array_is_looked_up_once(store: CountingStore) -> None:
    """Catches a look-up of the document for each request."""
    fresh = CountingStore()
    fresh._store_dict = store._store_dict
    requests = [read_of(store, n)._replace(location=Location(fresh, "")) for n in range(7)]
    backend = get_backend("reference")
    many.read_regions(backend, requests, crud.Options(), detached=False)
    assert [key for _, key in fresh.calls].count("zarr.json") == 1


def test_what_is_without_elements_is_not_written(store: CountingStore) -> None:
    """Catches a look-up, or a call of a backend, for a write of nothing."""
    read = read_of(store, slice(0, 0))
    write = RegionWrite(0, read.document, read.location, read.selection, VALUES[:0])
    store.calls.clear()
    many.write_regions(get_backend("reference"), [write], crud.Options(), detached=False)
    assert store.calls == []


def test_a_key_that_the_thread_holds_is_not_written(store: CountingStore) -> None:
    """Catches a write that waits for its own caller."""
    read = read_of(store, 0)
    write = RegionWrite(0, read.document, read.location, read.selection, VALUES[0])
    with (
        key_locks.hold(store, "c/0/1"),
        pytest.raises(RuntimeError, match="c/0/1"),
    ):
        many.write_regions(get_backend("reference"), [write], crud.Options(), detached=True)


def test_a_read_only_store_is_refused_before_anything_is_written(store: CountingStore) -> None:
    """Catches the requests of one array that are written before another is refused."""
    other = MemoryStore(store._store_dict, read_only=True)
    read = read_of(store, 0)
    writes = [
        RegionWrite(0, read.document, read.location, read.selection, VALUES[1]),
        RegionWrite(1, read.document, Location(other, ""), read.selection, VALUES[1]),
    ]
    with pytest.raises(crud.ReadOnlyError):
        many.write_regions(get_backend("reference"), writes, crud.Options(), detached=True)
    assert_same(crud.read_region(read.document, store), VALUES)
