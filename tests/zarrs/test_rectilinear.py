"""Rectilinear chunk grids on the zarrs backend, against upstream's files and NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import _zarrs_bindings
import zarr
import zarr.codecs.numcodecs
from tests.bindings.support import document, sharding
from zarr import crud
from zarr.codecs import BloscCodec, ShardingCodec, TransposeCodec, ZstdCodec
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs import counters

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
]

SHAPE = (11, 9)
CHUNKS = [[2, 6, 4], [3, 1, 5]]
VALUES = np.arange(99, dtype="i4").reshape(SHAPE) + 1

LAYOUTS: dict[str, dict[str, Any]] = {
    "raw": {},
    "zstd": {"compressors": ZstdCodec()},
    "blosc": {"compressors": BloscCodec()},
    "transposed": {"filters": TransposeCodec(order=(1, 0)), "compressors": ZstdCodec()},
    "a filter of Python": {"filters": zarr.codecs.numcodecs.Delta(dtype="i4")},
    "one extent": {"chunks": [[2, 6, 4], [3, 3, 3]]},
    "sharded": {"chunks": (2, 1), "shards": [[2, 6, 4], [3, 1, 5]]},
    "sharded, compressed": {
        "chunks": (2, 1),
        "shards": [[2, 6, 4], [3, 1, 5]],
        "compressors": ZstdCodec(),
    },
    "shards in shards": {
        "serializer": ShardingCodec(chunk_shape=(2, 1), codecs=(ShardingCodec(chunk_shape=(1, 1)),))
    },
    "sharded, transposed": {
        "shape": (12, 10),
        "chunks": [[2, 6, 4], [4, 2, 4]],
        "filters": TransposeCodec(order=(1, 0)),
        "serializer": ShardingCodec(chunk_shape=(1, 2)),
    },
}


@pytest.fixture(autouse=True)
def rectilinear_chunks() -> Iterator[None]:
    """Enable these grids, which zarr considers experimental."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        yield


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> LocalStore | MemoryStore:
    return LocalStore(tmp_path) if request.param == "local" else MemoryStore()


def array(store: Any, **layout: Any) -> zarr.Array[Any]:
    """An array whose last row of chunks extends past its end."""
    options: dict[str, Any] = {"shape": (12, 9), "chunks": CHUNKS, "dtype": "i4", "fill_value": -1}
    made = zarr.create_array(store, **(options | {"compressors": None} | layout))
    made.resize(SHAPE)
    return made


def edges(made: zarr.Array[Any]) -> list[list[int]]:
    """The extents of the chunks on each axis."""
    listed = crud.read_metadata(made.store)
    shapes = [listed.chunk_shape_at((i, i)) for i in range(3)]
    return [list(axis) for axis in zip(*shapes, strict=True)]


@pytest.fixture(params=[pytest.param(layout, id=name) for name, layout in LAYOUTS.items()])
def made(request: pytest.FixtureRequest, store: LocalStore | MemoryStore) -> zarr.Array[Any]:
    return array(store, **request.param)


SELECTIONS: dict[str, tuple[Any, Any]] = {
    "all": (..., "basic"),
    "a box": ((slice(1, 9), slice(2, 6)), "basic"),
    "an element": ((8, 3), "basic"),
    "a plane": ((slice(None), 4), "basic"),
    "steps": ((slice(1, None, 3), slice(None, None, 2)), "basic"),
    "long steps": ((slice(0, None, 9), slice(8, None, -5)), "basic"),
    "backwards": ((slice(None, None, -1), slice(7, None, -2)), "basic"),
    "lists": (([10, 0, 7, 7, 8], [3, 8, 0]), "orthogonal"),
    "all of a chunk, in any order": (([7, 2, 6, 3, 5, 4], [8, 4, 5, 7, 6]), "orthogonal"),
    "points": (([10, 0, 7, 8, 1], [3, 8, 0, 2, 2]), "coordinate"),
    "a mask": (VALUES % 3 == 0, "mask"),
    "blocks": ((slice(1, 3), slice(1, None)), "block"),
}


def numpy_key(made: zarr.Array[Any], selection: Any, kind: str) -> Any:
    """The NumPy index of the same elements."""
    if kind == "orthogonal":
        return np.ix_(*selection)
    heights, widths = edges(made)
    return (slice(heights[0], 11), slice(widths[0], 9)) if kind == "block" else selection


@pytest.mark.parametrize(("selection", "kind"), SELECTIONS.values(), ids=SELECTIONS)
def test_what_upstream_wrote_is_read(made: zarr.Array[Any], selection: Any, kind: Any) -> None:
    """Catches wrong edges, and chunks that are decoded in the shape of another."""
    made[...] = VALUES
    found = crud.read_region(made.metadata, made.store, selection, kind=kind, engine="zarrs")
    assert_same(np.asarray(found), np.asarray(VALUES[numpy_key(made, selection, kind)]))


@pytest.mark.parametrize(("selection", "kind"), SELECTIONS.values(), ids=SELECTIONS)
def test_upstream_reads_what_was_written(made: zarr.Array[Any], selection: Any, kind: Any) -> None:
    """Catches lost neighbours, and chunks or shard indexes stored in the shape of another."""
    made[...] = VALUES
    expected = VALUES.copy()
    key = numpy_key(made, selection, kind)
    expected[key] = new = -VALUES[key]
    crud.write_region(made.metadata, made.store, selection, new, kind=kind, engine="zarrs")
    assert_same(np.asarray(made[...]), expected)


def test_a_chunk_has_its_own_shape(made: zarr.Array[Any]) -> None:
    """Catches a chunk that is not read or written whole, including the part outside the array."""
    metadata, store = made.metadata, made.store
    made[...] = VALUES
    heights, widths = edges(made)
    for (i, height), (j, width) in product(enumerate(heights), enumerate(widths)):
        found = crud.read_chunk(metadata, store, (i, j), engine="zarrs")
        top, left = sum(heights[:i]), sum(widths[:j])
        inner = VALUES[top : top + height, left : left + width]
        assert found.shape == (height, width)
        assert_same(found[: inner.shape[0], : inner.shape[1]], inner)
        crud.write_chunk(metadata, store, (i, j), found + 500, engine="zarrs")
        assert_same(crud.read_chunk(metadata, store, (i, j), engine="reference"), found + 500)
    assert_same(np.asarray(made[...]), VALUES + 500)


def test_a_covered_chunk_is_not_read(store: LocalStore | MemoryStore) -> None:
    """Catches a covered chunk that counts as partly covered, by the extent of another chunk."""
    metadata = array(store, chunks=[[2, 6, 4], [5, 4]]).metadata
    crud.write_region(metadata, store, ..., VALUES, engine="zarrs")
    before = counters()
    part = (slice(2, 11), slice(0, 5))
    crud.write_region(metadata, store, part, VALUES[part] + 1, engine="zarrs")
    points = np.nonzero(np.ones((6, 5)))
    where = (points[0] + 2, points[1])
    crud.write_region(metadata, store, where, 7, kind="coordinate", engine="zarrs")
    assert counters()["bytes_read"] == before["bytes_read"]
    assert (np.asarray(crud.read_region(metadata, store, engine="zarrs"))[2:8, :5] == 7).all()


@pytest.mark.parametrize("layout", ["zstd", "sharded, compressed"])
def test_strings_of_variable_length_have_chunks_of_any_extent(
    store: LocalStore | MemoryStore, layout: str
) -> None:
    """Catches elements that are counted by the shape of another chunk."""
    made = array(store, **LAYOUTS[layout], dtype="T", fill_value="none")
    values = VALUES.astype("T")
    made[:9] = values[:9]
    found = crud.read_region(made.metadata, store, engine="zarrs")
    assert np.array_equal(found, np.asarray(made[...]))
    crud.write_region(made.metadata, store, ..., values, engine="zarrs")
    assert np.array_equal(np.asarray(made[...]), values)


@pytest.mark.parametrize("heights", [[4, 3, 4], [3, 4, 4]])
def test_subchunks_that_divide_only_some_shards_are_refused(heights: list[int]) -> None:
    """Catches a check of only the largest shard, after which an index of wrong length is read."""
    text = document(
        SHAPE,
        codecs=(sharding((2, 1)),),
        chunk_grid={
            "name": "rectilinear",
            "configuration": {"kind": "inline", "chunk_shapes": [heights, 3]},
        },
    )
    assert "divide" in (_zarrs_bindings.supports(text) or "")
