"""Functions on arrays of up to 2**62 chunks: no cost grows with the chunk grid.

Memory is measured, not time: what lists the chunks of such a grid needs more than any machine has.
"""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.errors import BoundsCheckError
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
    "long axes": {"shape": (FAR, FAR), "chunks": (2, 3), "zarr_format": 2, "dtype": ">i4"},
    "shards": {"shape": (FAR,), "chunks": (1,), "shards": (1,)},
    "wide shards": {"shape": (FAR, 2**40), "chunks": (1, 2), "shards": (2, 6)},
    "text": {"shape": (FAR,), "chunks": (1,), "dtype": str, "fill_value": "7"},
}


class Counted(MemoryStore):
    """A store that counts its requests."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0

    def get_sync(self, key: str, **options: Any) -> Any:
        self.requests += 1
        return super().get_sync(key, **options)


class Grid:
    """A large array, its functions with one engine, and a place on all axes but the first."""

    def __init__(self, settings: dict[str, Any], engine: str) -> None:
        self.store, self.engine = Counted(), engine
        given: dict[str, Any] = {"dtype": "i2", "fill_value": 7, **settings}
        zarr.create_array(self.store, **given)
        self.document = crud.read_metadata(self.store)
        self.length = self.document.shape[0]
        self.others = (slice(0, 1),) * (len(self.document.shape) - 1)
        self.options: dict[str, Any] = {"engine": engine}

    def read(self, first: Any, kind: Any = "basic", **options: Any) -> list[int]:
        selection = self.all_axes(first, kind)
        options |= self.options
        found = np.asarray(
            crud.read_region(self.document, self.store, selection, kind=kind, **options)
        )
        return [int(one) for one in found.reshape(-1)]

    def write(self, first: Any, value: Any, kind: Any = "basic") -> None:
        call = (self.document, self.store, self.all_axes(first, kind))
        given = np.asarray(value).astype(self.document.dtype)
        shaped = given.reshape(
            given.shape + (1,) * (len(self.others) if kind != "coordinate" else 0)
        )
        crud.write_region(*call, shaped, kind=kind, **self.options)

    def all_axes(self, first: Any, kind: str) -> Any:
        if kind == "coordinate":
            return (first, *([0] * len(first) for _ in self.others))
        if kind == "orthogonal":
            return (first, *([0] for _ in self.others))
        return (first, *self.others)


@pytest.fixture(params=ARRAYS)
def grid(request: pytest.FixtureRequest, engine: str) -> Iterator[Grid]:
    """A large array, on which nothing may need memory for each chunk."""
    made = Grid(ARRAYS[request.param], engine)
    for first in (0, slice(0, 0)):
        made.read(first)
    made.write(0, 7)
    tracemalloc.start()
    try:
        yield made
        _, peak = tracemalloc.get_traced_memory()
        assert peak < LITTLE_MEMORY
    finally:
        tracemalloc.stop()


def test_steps_of_any_width_read_what_was_written(grid: Grid) -> None:
    """Catches a walk over the chunks between two positions, in either direction."""
    for step in (FAR // 8, -(FAR // 8), 2**31 // 8, -(2**31 // 8), 2**70, -(2**70)):
        taken = range(grid.length)[::step]
        if len(taken) > 64:
            continue
        numbers = list(range(1, len(taken) + 1))
        grid.write(slice(None, None, step), numbers)
        assert grid.read(slice(None, None, step)) == numbers
        grid.store.requests = 0
        assert grid.read(taken[-1]) == [numbers[-1]]
        assert grid.store.requests <= 2


def test_blocks_are_found_by_arithmetic(grid: Grid) -> None:
    """Catches a list of all chunks, and blocks at the end that are found wrong."""
    count = grid.document.chunk_grid.shape[0]
    size = grid.document.chunk_shape[0] if grid.document.chunk_shape else 0
    last = grid.length - (count - 1) * size
    shape = grid.document.chunk_shape or ()
    width = int(np.prod(shape[1:], dtype=int))
    assert len(grid.read(3, "block")) == size * width
    assert len(grid.read(-1, "block")) == last * width
    assert len(grid.read(slice(-2, None), "block")) == (size + last) * width
    assert len(grid.read(slice(count - 1, 2**80), "block")) == last * width
    assert grid.read(slice(5, 3), "block") == []
    for outside in (count, 2**63, 2**80, -count - 1, -(2**80), slice(count, None)):
        with pytest.raises(BoundsCheckError):
            grid.read(outside, "block")
    with pytest.raises(IndexError):
        grid.read(slice(None, None, 2), "block")


def test_lists_and_points_reach_the_end(grid: Grid) -> None:
    """Catches numbers of chunks that overflow, and memory for the chunks between positions."""
    places = [grid.length - 1, 4, grid.length // 2, 4]
    grid.write(places[:3], [3, 5, 9], "orthogonal")
    assert grid.read(places, "orthogonal") == [3, 5, 9, 5]
    grid.write(places[:3], [4, 6, 8], "coordinate")
    assert grid.read(places, "coordinate") == [4, 6, 8, 6]
    for kind in ("orthogonal", "coordinate"):
        with pytest.raises(BoundsCheckError):
            grid.read([grid.length], kind)


def test_chunks_are_listed_by_what_is_stored(grid: Grid) -> None:
    """Catches a listing, a deletion or an error for a missing chunk that counts the grid."""
    document, store = grid.document, grid.store
    last = tuple(count - 1 for count in document.chunk_grid.shape)
    value = np.full(document.chunk_shape_at(last), 5).astype(document.dtype)
    crud.write_chunk(document, store, last, value, **grid.options)
    assert crud.list_chunks(document, store) == [last]
    encoded = crud.read_encoded_chunk(document, store, last)
    assert encoded is not None
    assert np.array_equal(crud.decode_chunk(document, encoded, **grid.options), value)
    assert np.array_equal(crud.read_chunk(document, store, last, **grid.options), value)
    crud.delete_chunk(document, store, last)
    assert crud.list_chunks(document, store) == []
    with pytest.raises(BoundsCheckError):
        crud.read_chunk(document, store, document.chunk_grid.shape, **grid.options)
    strict = crud.Options(missing_chunks="error")
    with pytest.raises(zarr.errors.ChunkNotFoundError):
        grid.read(slice(3, None, grid.length // 4), options=strict)
    with pytest.raises(zarr.errors.NodeNotFoundError):
        grid.read(slice(3, None, grid.length // 4), path="elsewhere")


def test_what_is_too_large_is_refused_at_once(grid: Grid) -> None:
    """Catches an allocation or a plan before the size is checked."""
    small = crud.Options(decoded_size_budget=1 << 24)
    whole, steps, blocks = slice(None), slice(None, None, -3), slice(1, None)
    for first, kind in ((whole, "basic"), (steps, "basic"), (blocks, "block")):
        with pytest.raises(crud.DecodedSizeError):
            grid.read(first, kind, options=small)
    with pytest.raises(crud.DecodedSizeError):
        crud.read_region(grid.document, grid.store, **grid.options)
    every = crud.explain(grid.document, grid.store, ...)
    assert every[grid.engine].serves


def test_asynchronous_functions_touch_no_more(grid: Grid) -> None:
    """Catches an asynchronous variant with a plan of its own, and functions for nodes."""
    document, store, options = grid.document, grid.store, grid.options
    last = tuple(count - 1 for count in document.chunk_grid.shape)
    places = [grid.length - 1, 4]
    chunk = np.full(document.chunk_shape_at(last), 5).astype(document.dtype)

    async def read(first: Any, kind: Any) -> list[int]:
        selection = grid.all_axes(first, kind)
        call = crud.read_region_async(document, store, selection, kind=kind, **options)
        return [int(one) for one in np.asarray(await call).reshape(-1)]

    async def call() -> None:
        step = grid.all_axes(slice(None, None, -(grid.length // 4)), "basic")
        await crud.write_region_async(document, store, step, document.dtype.type(3), **options)
        taken = range(grid.length)[step[0]]
        assert await read(step[0], "basic") == [3] * len(taken)
        assert set(await read(-1, "block")) <= {3, 7}
        await crud.write_chunk_async(document, store, last, chunk, **options)
        found = await crud.read_chunk_async(document, store, last, **options)
        assert np.array_equal(found, chunk)
        if "sharding_indexed" in str(document):
            first = (0,) * len(last)
            assert (await crud.read_subchunk_async(document, store, first, **options)).size
        for kind in ("orthogonal", "coordinate"):
            assert len(await read(places, kind)) == 2
        encoded = await crud.read_encoded_chunk_async(document, store, last)
        assert encoded is not None
        assert np.array_equal(await crud.decode_chunk_async(document, encoded, **options), chunk)
        await crud.write_encoded_chunk_async(document, store, last, encoded)
        assert last in await crud.list_chunks_async(document, store)
        await crud.delete_chunk_async(document, store, last)
        assert last not in await crud.list_chunks_async(document, store)

    async def nodes() -> None:
        store = MemoryStore()
        await crud.create_async(document, store, path="g/a")
        found = await crud.list_children_async(store, path="g")
        assert [path for path, _ in found] == ["g/a"]
        assert (await crud.read_metadata_async(store, path="g/a")).shape == document.shape
        await crud.write_region_async(document, store, step_of_one(grid), 3, path="g/a", **options)
        await crud.delete_node_async(store, path="g/a")
        assert await crud.list_children_async(store, path="g") == []

    asyncio.run(call())
    if grid.document.dtype.kind not in "TOU":
        asyncio.run(nodes())


def step_of_one(grid: Grid) -> Any:
    """Select one element at the end of the first axis."""
    return (slice(grid.length - 1, None), *grid.others)
