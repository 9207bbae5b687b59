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
REFERENCE = get_backend("reference")


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

    class Noting(type(REFERENCE)):  # type: ignore[misc]
        def read_regions(self, requests: Any, *, options: Any) -> Any:
            given.extend(request.out for request in requests)
            return super().read_regions(requests, options=options)

    room = np.zeros((3, 5), "i2")
    outs = [room[0], room[1], room[1]]
    requests = [read_of(store, n, out) for n, out in enumerate(outs)]
    backend = Noting()
    pairs = [(backend, request) for request in requests]
    found = many.read_regions(pairs, crud.Options(), detached=True)
    assert [out is None for out in given] == [False, True, True]
    assert all(a is b for a, b in zip(found, outs, strict=True))
    assert_same(room, np.stack([VALUES[0], VALUES[2], np.zeros(5, "i2")]))


def test_an_array_is_looked_up_once(store: CountingStore) -> None:
    """Catches a look-up of the document for each request."""
    fresh = CountingStore()
    fresh._store_dict = store._store_dict
    requests = [read_of(store, n)._replace(location=Location(fresh, "")) for n in range(7)]
    pairs = [(REFERENCE, request) for request in requests]
    many.read_regions(pairs, crud.Options(), detached=False)
    assert [key for _, key in fresh.calls].count("zarr.json") == 1


def test_what_is_without_elements_is_not_written(store: CountingStore) -> None:
    """Catches a look-up, or a call of a backend, for a write of nothing."""
    read = read_of(store, slice(0, 0))
    write = RegionWrite(0, read.document, read.location, read.selection, VALUES[:0])
    store.calls.clear()
    many.write_regions([(REFERENCE, write)], crud.Options(), detached=False)
    assert store.calls == []


def test_a_key_that_the_thread_holds_is_not_written(store: CountingStore) -> None:
    """Catches a write that waits for its own caller."""
    read = read_of(store, 0)
    write = RegionWrite(0, read.document, read.location, read.selection, VALUES[0])
    with (
        key_locks.hold(store, "c/0/1"),
        pytest.raises(RuntimeError, match="c/0/1"),
    ):
        many.write_regions([(REFERENCE, write)], crud.Options(), detached=True)


def test_a_read_only_store_is_refused_before_anything_is_written(store: CountingStore) -> None:
    """Catches the requests of one array that are written before another is refused."""
    other = MemoryStore(store._store_dict, read_only=True)
    read = read_of(store, 0)
    write = RegionWrite(0, read.document, read.location, read.selection, VALUES[1])
    writes = [(REFERENCE, write), (REFERENCE, write._replace(location=Location(other, "")))]
    with pytest.raises(crud.ReadOnlyError):
        many.write_regions(writes, crud.Options(), detached=True)
    assert_same(crud.read_region(read.document, store), VALUES)


def test_several_backends_keep_the_order_of_requests(store: CountingStore) -> None:
    """Catches the value of the later backend where the later request is another's."""

    class Other(type(REFERENCE)):  # type: ignore[misc]
        pass

    other = Other()
    read = read_of(store, 0)
    writes: list[Any] = [
        (backend, RegionWrite(n, read.document, read.location, read.selection, VALUES[n + 1]))
        for n, backend in enumerate([REFERENCE, other, REFERENCE])
    ]
    many.write_regions(writes, crud.Options(), detached=True)
    assert_same(crud.read_region(read.document, store, 0), VALUES[3])

    room = np.zeros(5, "i2")
    reads = [read_of(store, n, room) for n in (4, 5, 6)]
    found = many.read_regions(
        list(zip([other, REFERENCE, other], reads, strict=True)), crud.Options(), detached=True
    )
    assert_same(room, VALUES[6])
    assert all(result is room for result in found)


def test_writes_of_several_backends_to_their_own_arrays_are_one_call_each() -> None:
    """Catches a chunk that is replaced once for each request that touches it."""
    calls: list[tuple[str, int]] = []

    class Noting(type(REFERENCE)):  # type: ignore[misc]
        def __init__(self, name: str) -> None:
            super().__init__()
            self.label = name

        def write_regions(self, requests: Any, *, options: Any) -> None:
            calls.append((self.label, len(requests)))

    backends, pairs = {name: Noting(name) for name in "ab"}, []
    stores = {name: MemoryStore() for name in backends}
    for name in stores:
        zarr.create_array(stores[name], data=VALUES, chunks=(3, 2))
    for name in "abab":
        read = read_of(stores[name], 0)
        write = RegionWrite(0, read.document, read.location, read.selection, VALUES[0])
        pairs.append((backends[name], write))
    many.write_regions(pairs, crud.Options(), detached=True)
    assert calls == [("a", 2), ("b", 2)]


@pytest.mark.parametrize("method", ["supports", "read_chunk", "read_region", "read_regions"])
def test_a_backend_that_changes_reads_does_not_verify(store: CountingStore, method: str) -> None:
    """Catches chunks that are verified in another way than a subclass reads them."""

    class Verifies(type(REFERENCE)):  # type: ignore[misc]
        def verify_chunks(self, *_: Any, options: Any) -> Any:
            return [7, None]

    changed = type("Changed", (Verifies,), {method: getattr(Verifies, method)})
    both = type("Both", (Verifies,), {n: getattr(Verifies, n) for n in (method, "verify_chunks")})
    document, place = as_array_document(crud.read_metadata(store)), Location(store, "")
    given: Any = (document, place, [(0, 0), (1, 1)], crud.Options())
    assert many.verify_chunks(Verifies(), *given) == [7, None]
    assert many.verify_chunks(both(), *given) == [7, None]
    assert many.verify_chunks(changed(), *given) is None
    assert many.verify_chunks(REFERENCE, *given) is None
    small = (*given[:3], crud.Options(decoded_size_budget=11))
    assert many.verify_chunks(Verifies(), *small) is None
