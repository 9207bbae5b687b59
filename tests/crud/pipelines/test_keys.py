"""The chunks that the keys of a batch name."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.engine.indexers import LAYOUTS, arrays
from zarr.crud._document.cache import as_document
from zarr.crud._pipelines.keys import indices_of
from zarr.crud._stores.location import Location
from zarr.storage import MemoryStore, StorePath

INDICES = [(0, 1), (2, 0), (11, 3)]


@pytest.mark.parametrize("node", ["", "a/b"])
@pytest.mark.parametrize("guess", ["", "a/b", "elsewhere"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_key_is_read_back(layout: str, guess: str, node: str) -> None:
    """Catches an index of another chunk, or a wrong path of the array."""
    native, _ = arrays(layout, "zarr")
    document, location = as_document(native.metadata), Location(MemoryStore(), node)
    keys = [location.key(document.array.encode_chunk_key(index)) for index in INDICES]
    places = [StorePath(location.store, key) for key in keys]
    found = indices_of(document, places, guess)
    assert found == (location, INDICES)


@pytest.mark.parametrize(
    "key", ["c/0", "c/0/1/2", "c/00/1", "c/-1/0", "c/+1/0", "c/1_0/0", "x/0/1", "c/0/x", "d/c/0/1"]
)
def test_one_key_of_another_form_refuses_the_batch(key: str) -> None:
    """Catches a key that `int` reads although no writer makes it."""
    native, _ = arrays("format 3", "zarr")
    document, store = as_document(native.metadata), MemoryStore()
    places: list[Any] = [StorePath(store, "c/0/1")]
    assert indices_of(document, places, "") is not None
    assert indices_of(document, [*places, StorePath(store, key)], "") is None


def test_other_stores_places_and_ranks_are_not_read() -> None:
    """Catches chunks of two stores that are read from one."""
    native, _ = arrays("format 3", "zarr")
    document = as_document(native.metadata)
    both: list[Any] = [StorePath(MemoryStore(), "c/0/1"), StorePath(MemoryStore(), "c/0/0")]
    assert indices_of(document, both, "") is None
    assert indices_of(document, [object()], "") is None
    assert indices_of(document, [], "") is None
    scalar = zarr.create_array(MemoryStore(), shape=(), dtype="i4")
    assert indices_of(as_document(scalar.metadata), [StorePath(MemoryStore(), "c")], "") is None
