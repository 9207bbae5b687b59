"""Whole chunks by index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.testing import CountingStore, assert_same
from zarr.errors import BoundsCheckError, ChunkNotFoundError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

DOCUMENT = document_members(fill_value=-9)
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def test_an_edge_chunk_keeps_its_nominal_shape(engine: str, store: Store) -> None:
    """Catches a part outside the array that is lost: it is stored with the chunk, and returned."""
    crud.create(DOCUMENT, store, engine=engine)
    crud.write_region(DOCUMENT, store, ..., VALUES, engine=engine)
    found = crud.read_chunk(DOCUMENT, store, (2, 2), engine=engine)
    assert_same(found, np.array([[34, -9], [-9, -9], [-9, -9]], dtype="i2"))


def test_a_chunk_is_stored_as_given(engine: str) -> None:
    """Catches stored bytes that differ from the given chunk, also outside the array."""
    store = MemoryStore()
    value = np.arange(6, dtype="i2").reshape(3, 2)
    crud.write_chunk(DOCUMENT, store, (2, 2), value, engine=engine, detached=True)
    assert store._store_dict["c/2/2"].to_bytes() == value.tobytes()


def test_a_missing_chunk_is_the_fill_value_or_an_error(engine: str, store: Store) -> None:
    """Catches an ignored option, or an error without the key and the index."""
    found = crud.read_chunk(DOCUMENT, store, (0, 1), engine=engine, detached=True)
    assert_same(found, np.full((3, 2), -9, dtype="i2"))
    strict = crud.Options(missing_chunks="error")
    with pytest.raises(ChunkNotFoundError, match=r"\(0, 1\).*'c/0/1'"):
        crud.read_chunk(DOCUMENT, store, (0, 1), engine=engine, options=strict, detached=True)
    with pytest.raises(ChunkNotFoundError):
        crud.read_region(DOCUMENT, store, engine=engine, options=strict, detached=True)
    crud.write_region(DOCUMENT, store, ..., VALUES, engine=engine, detached=True)
    assert_same(crud.read_region(DOCUMENT, store, engine=engine, options=strict), VALUES)


def test_a_missing_subchunk_of_a_stored_shard_is_filled(engine: str, store: Store) -> None:
    """Catches an error for a missing subchunk, although its shard, the only key, is stored."""
    array = zarr.create_array(store, shape=(8,), chunks=(2,), shards=(4,), dtype="i4", fill_value=3)
    crud.write_region(array.metadata, store, slice(0, 1), 7, engine=engine)
    strict = crud.Options(missing_chunks="error")
    found = crud.read_region(array.metadata, store, slice(0, 4), engine=engine, options=strict)
    assert_same(found, np.array([7, 3, 3, 3], dtype="i4"))


def test_a_chunk_of_fill_values_is_deleted_unless_asked(engine: str) -> None:
    """Catches an ignored option: a chunk of fill values and a missing one read the same."""
    store = MemoryStore()
    crud.write_chunk(DOCUMENT, store, (0, 0), 1, engine=engine, detached=True)
    crud.write_chunk(DOCUMENT, store, (0, 0), -9, engine=engine, detached=True)
    assert list(store._store_dict) == []
    keep = crud.Options(write_empty_chunks=True)
    crud.write_chunk(DOCUMENT, store, (0, 0), -9, engine=engine, options=keep, detached=True)
    assert list(store._store_dict) == ["c/0/0"]


def test_write_chunk_never_reads(engine: str) -> None:
    """Catches a needless read of the old chunk."""
    store = CountingStore()
    crud.write_chunk(DOCUMENT, store, (0, 0), 1, engine=engine, detached=True)
    assert store.calls == [("set", "c/0/0")]


@pytest.mark.parametrize("index", [(3, 0), (0, 3), (-1, 0), (0, 2**63), (0, -(2**70))])
def test_an_index_outside_the_grid_is_refused(engine: str, index: tuple[int, int]) -> None:
    """Catches a negative index that is counted from the end of the chunk grid."""
    with pytest.raises(BoundsCheckError, match="chunk grid of shape"):
        crud.read_chunk(DOCUMENT, MemoryStore(), index, engine=engine)
    with pytest.raises(BoundsCheckError, match="chunk grid of shape"):
        crud.write_chunk(DOCUMENT, MemoryStore(), index, 1, engine=engine)


@pytest.mark.parametrize("index", [(0,), (0, 0, 0), (0.0, 0), ("0", 0), 0, None])
def test_what_is_no_index_is_refused(engine: str, index: Any) -> None:
    """Catches an index that does not have one integer per axis."""
    with pytest.raises(IndexError):
        crud.read_chunk(DOCUMENT, MemoryStore(), index, engine=engine)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2), (3, 2, 1), (0,)])
def test_a_value_of_another_shape_is_refused(engine: str, shape: tuple[int, ...]) -> None:
    """Catches a chunk that is broadcast, or a refusal after something was written."""
    store = MemoryStore()
    with pytest.raises(crud.ValueShapeError, match=r"chunk has shape \(3, 2\)"):
        crud.write_chunk(DOCUMENT, store, (0, 0), np.ones(shape), engine=engine)
    assert store._store_dict == {}


def test_out_receives_the_chunk(engine: str) -> None:
    """Catches an `out` with strides that is not filled, or changed memory between its elements."""
    store = MemoryStore()
    crud.write_region(DOCUMENT, store, ..., VALUES, engine=engine, detached=True)
    room = np.zeros((6, 4), dtype="i2")
    out = room[::-2, ::-2]
    assert crud.read_chunk(DOCUMENT, store, (1, 1), out=out, engine=engine) is out
    assert_same(out, VALUES[3:6, 2:4])
    assert np.count_nonzero(room) == 6
