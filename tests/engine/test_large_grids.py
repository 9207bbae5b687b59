"""Arrays of up to 2**62 chunks with an engine: no cost grows with the chunk grid."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import zarr
from zarr.core.indexing import BlockIndexer
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR: Final = 2**62
LITTLE_MEMORY: Final = 1 << 20

ARRAYS: Final[dict[str, dict[str, Any]]] = {
    "one axis": {"shape": (FAR,), "chunks": (1,)},
    "format 2": {"shape": (FAR,), "chunks": (1,), "zarr_format": 2},
    "the longest": {"shape": (2 * FAR - 1,), "chunks": (3,), "dtype": ">u8"},
    "two axes": {"shape": (2**31, 2**31), "chunks": (1, 1), "dtype": "<f4"},
    "shards": {"shape": (2**40, 2**20), "chunks": (1, 2), "shards": (2, 6)},
}


@pytest.fixture(params=ARRAYS)
def arrays(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """A large array with each engine, in one store, on which nothing may need much memory."""
    store = MemoryStore()
    settings: dict[str, Any] = {"dtype": "i2", "fill_value": 7, **ARRAYS[request.param]}
    array: Any = zarr.create_array(store, **settings)
    made = {name: array.with_engine(name) for name in ("reference", "zarrs", "auto")}
    for one in (array, *made.values()):
        one[tuple(slice(0, 1) for _ in one.shape)] = 7
        assert one[(0,) * one.ndim] == 7
        assert one.blocks[(0,) * one.ndim].size
    tracemalloc.start()
    try:
        yield {"zarr": array, **made}
        _, peak = tracemalloc.get_traced_memory()
        assert peak < LITTLE_MEMORY
    finally:
        tracemalloc.stop()


def test_every_way_to_select_gives_what_upstream_gives(arrays: dict[str, Any]) -> None:
    """Catches a walk of the grid in one of the ways, and another result than upstream's."""
    array = arrays["zarr"]
    length, others = array.shape[0], (slice(0, 1),) * (array.ndim - 1)
    zeros = ([0],) * (array.ndim - 1)
    blocks = array._chunk_grid.grid_shape[0]
    for name, one in arrays.items():
        places = [5, length - 1, 2**30]
        one.vindex[(places, *([0] * 3 for _ in others))] = [1, 2, 3]
        one[(slice(8, 10), *others)] = 4
        one.blocks[(blocks - 2, *others)] = 9
        for selection in (places, slice(length - 4, None), slice(4, 12, 3), -1, length - 2):
            found = one.oindex[(selection, *zeros)]
            assert np.array_equal(found, array.oindex[(selection, *zeros)]), name
        points = ([length - 1, 9, 9], *([0] * 3 for _ in others))
        assert np.array_equal(one.vindex[points], array.vindex[points])
        for block in (3, -1, slice(1, 3), slice(-2, None), slice(blocks - 1, None)):
            found = one.blocks[(block, *others)]
            assert np.array_equal(found, array.blocks[(block, *others)])
        wide = (slice(1, None, length // 8), *others)
        found = asyncio.run(one.async_array.getitem(wide)) if name != "zarr" else None
        assert found is None or len(found) == len(range(length)[wide[0]])
        assert one.nchunks == array.nchunks > 2**58
        assert "Chunk" in str(one.info)


def test_blocks_outside_the_grid_are_upstreams_error(arrays: dict[str, Any]) -> None:
    """Catches a long search for the message of an error."""
    array = arrays["zarr"]
    others, blocks = (slice(0, 1),) * (array.ndim - 1), array._chunk_grid.grid_shape[0]
    for block in (blocks, -blocks - 1, slice(blocks, None), slice(None, None, 2)):
        selection: Any = (block, *others)
        with pytest.raises(IndexError) as upstreams:
            BlockIndexer(selection, array.shape, array._chunk_grid)
        for name in ("reference", "zarrs"):
            with pytest.raises(type(upstreams.value)) as ours:
                arrays[name].blocks[selection]
            assert str(ours.value) == str(upstreams.value)


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_an_empty_axis_beside_a_long_one_has_no_chunks(engine: str, zarr_format: int) -> None:
    """Catches a walk along the long axis of an array without elements, also when it grows."""
    settings: dict[str, Any] = {"zarr_format": zarr_format, "engine": engine}
    array: Any = zarr.create_array({}, shape=(0, FAR), chunks=(1, 1), dtype="i2", **settings)
    assert (array.nchunks, array.nchunks_initialized) == (0, 0)
    assert array[:, 5:9].shape == (0, 4)
    assert array.oindex[np.array([], int), [FAR - 1]].shape == (0, 1)
    with pytest.raises(IndexError):
        array.blocks[0, 0]
    array.resize((2, FAR))
    array[:, -2:] = [[1, 2], [3, 4]]
    assert array.blocks[:, FAR - 2 :].tolist() == [[1, 2], [3, 4]]
    assert array.nchunks_initialized == 4
    array.resize((0, FAR))
    assert array.nchunks_initialized == 0


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_an_array_of_many_chunks_grows(engine: str) -> None:
    """Catches an append that looks at the chunks that are there."""
    array: Any = zarr.create_array({}, shape=FAR, chunks=1, dtype="i2", engine=engine)
    array.append([5, 6])
    assert asyncio.run(array.async_array.append(np.array([7], "i2"))) == (FAR + 3,)
    assert array[FAR - 1 :].tolist() == [0, 5, 6, 7]
