"""`layout` asks for what it needs and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.crud.layout.layouts import shards
from tests.crud.verify.archives import get, hierarchy, put
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._layout.measured import layout_at_once
from zarr.crud._stores.location import Location
from zarr.crud.testing import AsyncOnlyStore
from zarr.errors import NodeNotFoundError
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


def test_keys_that_are_no_chunks_do_not_count() -> None:
    """Catches documents, leftovers, or chunks beyond the grid among the stored ones."""
    store = hierarchy()
    document = crud.read_metadata(store, path="raw")
    before = crud.layout(document, store)
    put(store, "raw/c/9/9", b"x" * 100)
    put(store, "raw/c/0/0.tmp", b"x" * 100)
    found = crud.layout(document, store)
    assert found.nbytes.tolist() == before.nbytes.tolist() == [24] * 9
    assert found.path == "raw"


def test_indexes_are_read_only_if_they_are_asked_for() -> None:
    """Catches a listing that costs a request for each shard."""
    found, document, store = shards("list")
    assert found.subchunks is None
    put(store, "c/0/0", get(store, "c/0/0")[:-70] + b"\xff" * 70)
    found = crud.layout(document, store, level="index")
    assert found.subchunks is not None
    assert found.subchunks.tolist() == [-1, 2, 2, 1]
    assert found.dead_total == 0


def test_a_format_2_array_and_a_file_tree(tmp_path: Path) -> None:
    """Catches chunk keys of the other format, or a store that only works in memory."""
    array = zarr.create_array(
        LocalStore(tmp_path), shape=(7, 5), chunks=(3, 2), dtype="i2", zarr_format=2
    )
    array[:3] = 1
    found = crud.layout(array.metadata, tmp_path)
    assert found.indices.tolist() == [[0, 0], [0, 1], [0, 2]]


def test_a_node_that_is_not_there_is_an_error() -> None:
    """Catches an empty layout of a misspelt path."""
    metadata = zarr.create_array({}, shape=4, dtype="u1").metadata
    with pytest.raises(NodeNotFoundError):
        crud.layout(metadata, MemoryStore(), path="nope")
    assert crud.layout(metadata, MemoryStore(), detached=True).missing_chunks == 1
    wrong: Any = "decode"
    with pytest.raises(ValueError, match="level is 'decode'; use 'list' or 'index'"):
        crud.layout(metadata, MemoryStore(), detached=True, level=wrong)


def test_absurd_chunks_have_a_size() -> None:
    """Catches an overflow: a chunk of 2**80 elements."""
    store = MemoryStore()
    zarr.create_array(store, shape=(2**40, 2**40), chunks=(2**40, 2**40), dtype="f8")
    put(store, "c/0/0", b"x")
    found = crud.layout(crud.read_metadata(store), store)
    assert found.compression_ratio == 2.0**83


def test_at_once_means_without_a_request() -> None:
    """Catches a notebook that waits for a bucket."""
    store = hierarchy()
    document = as_document(crud.read_metadata(store, path="raw"))
    found = layout_at_once(document, Location(store, "raw"), 10_000)
    assert found is not None
    assert found.stored_chunks == 9
    assert layout_at_once(document, Location(AsyncOnlyStore(store), "raw"), 10_000) is None
    assert layout_at_once(document, Location(store, "raw"), 3) is None
