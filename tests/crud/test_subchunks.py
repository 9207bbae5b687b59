"""Subchunks by their own index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.testing import assert_same
from zarr.errors import ArrayIndexError, BoundsCheckError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


DOCUMENT = document_members()
VALUES = np.arange(1, 36, dtype="i2").reshape(7, 5)


def test_subchunks_are_read_by_their_own_index(engine: str, store: Store) -> None:
    """Catches a part outside the array that is lost: it is in the shard, and is returned."""
    array = zarr.create_array(
        store, shape=(7, 5), chunks=(2, 2), shards=(4, 4), dtype="i2", fill_value=-9
    )
    crud.write_region(array.metadata, store, ..., VALUES, engine=engine)
    for index in np.ndindex(4, 3):
        expected = np.full((8, 6), -9, "i2")
        expected[:7, :5] = VALUES
        i, j = index
        found = crud.read_subchunk(array.metadata, store, index, engine=engine)
        assert_same(found, expected[2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
    with pytest.raises(BoundsCheckError, match=r"the subchunk grid of shape \(4, 3\)"):
        crud.read_subchunk(array.metadata, store, (0, 3), engine=engine)
    with pytest.raises(crud.UnsupportedError, match="not sharded"):
        crud.read_subchunk(DOCUMENT, store, (0, 0), engine=engine)


def test_a_subchunk_index_may_be_numbers_of_numpy(engine: str, store: Store) -> None:
    """Catches a small integer type that overflows, and gives another subchunk."""
    array = zarr.create_array(store, shape=600, chunks=2, shards=20, dtype="i4")
    array[...] = np.arange(600)
    index: Any = (np.uint8(200),)
    found = crud.read_subchunk(array.metadata, store, index, engine=engine)
    assert_same(found, np.array([400, 401], "i4"))


@pytest.mark.parametrize("index", [(1.0,), ("1",), 1, None, (), (0, 0)], ids=str)
def test_a_subchunk_index_of_another_kind_is_refused(engine: str, store: Store, index: Any) -> None:
    """Catches Python's own message, or an answer for part of a subchunk."""
    array = zarr.create_array(store, shape=9, chunks=2, shards=8, dtype="i4")
    with pytest.raises(ArrayIndexError, match="the subchunk index"):
        crud.read_subchunk(array.metadata, store, index, engine=engine)


def test_the_subchunks_of_the_longest_array_are_read(engine: str) -> None:
    """Catches a shard beyond 2**63 - 1 that makes the whole document invalid."""
    store, length = MemoryStore(), 2**63 - 1
    for subchunk, shard in ((1, 2), (2, 4)):
        array = zarr.create_array(
            store, shape=length, chunks=subchunk, shards=shard, dtype="u1", overwrite=True
        )
        crud.write_region(array.metadata, store, slice(5, 8), 3, engine=engine)
        found = crud.read_subchunk(array.metadata, store, (6 // subchunk,), engine=engine)
        assert found.tolist() == [3] * subchunk
        last = (length // subchunk - 1,)
        found = crud.read_subchunk(array.metadata, store, last, engine=engine)
        assert found.tolist() == [0] * subchunk
    with pytest.raises(crud.UnsupportedError, match="reach beyond"):
        crud.read_subchunk(array.metadata, store, (length // subchunk,), engine=engine)
