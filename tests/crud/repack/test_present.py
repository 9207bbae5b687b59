"""Chunks of the source that vanish, and blocks of which little is stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import ARRAYS, assert_elements, make
from zarr import crud
from zarr.storage import MemoryStore


class CountingStore(MemoryStore):
    """A store that counts reads of chunks."""

    count = 0

    def get_sync(self, key: str, **more: Any) -> Any:
        self.count += key.startswith("c/")
        return super().get_sync(key, **more)

    async def get(self, key: str, *args: Any, **more: Any) -> Any:
        self.count += key.startswith("c/")
        return await super().get(key, *args, **more)


@pytest.mark.parametrize("engine", [None, "zarrs", "reference"])
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("value", [0, 3])
def test_a_chunk_that_vanishes_is_an_error(value: int, sparse: bool, engine: Any) -> None:
    """Catches fill values in place of elements that were there when the repack was planned."""
    source, target = MemoryStore(), MemoryStore()
    array: Any = zarr.create_array(
        source, shape=(7, 5), chunks=(3, 2), dtype="i4", config={"write_empty_chunks": True}
    )
    array[:3, : 4 if sparse else None] = value
    if not sparse:
        array[3:] = value
    plan = crud.repack_plan(source, target, chunks=(2, 3), engine=engine)
    assert plan.arrays[0].chunks == (2 if sparse else 9)
    del source._store_dict["c/0/1"]
    with pytest.raises(zarr.errors.ChunkNotFoundError, match=r"'c/0/1' was deleted"):
        plan.run()
    assert "zarr.json" not in target._store_dict


def test_only_stored_chunks_of_a_sparse_array_are_read() -> None:
    """Catches a read for each of the missing chunks that are in a block with a stored one."""
    source, target = CountingStore(), MemoryStore()
    array: Any = zarr.create_array(source, shape=(1 << 24,), dtype="u1", chunks=64, fill_value=7)
    array[5] = array[999] = 1
    source.count = 0
    crud.repack(source, target, compressors=())
    assert source.count <= 4
    found: Any = zarr.open_array(target)
    assert crud.list_chunks(crud.read_metadata(target), target) == [(0,), (15,)]
    assert np.array_equal(found[:2000], array[:2000])


@pytest.mark.parametrize("name", ARRAYS)
def test_sparse_blocks_have_all_elements(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches stored chunks that are put in a wrong place of a block, or another fill value."""
    monkeypatch.setattr("zarr.crud._repack.present.SPARSE", 1)
    source, target = MemoryStore(), MemoryStore()
    expected = make(name, source)
    shards = False if "shards" in name else None
    wanted: Any = {"chunks": (2, 3), "shards": shards, "compressors": ()}
    crud.repack(source, target, path="a", region=(slice(1, 7), ...), **wanted)
    assert_elements(target, expected[1:], "")
