"""Reads of some elements of a box of a chunk."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.request_log import AsyncLogged
from zarr.crud._selection.chunk_parts import ChunkPart
from zarr.crud.reference.picked import picked_selection
from zarr.storage import MemoryStore, WrapperStore

BOX = (slice(4, 9, 1), slice(2, 8, 2))
DATA = np.arange(120).reshape(12, 10)


@pytest.mark.parametrize(
    "pick",
    [
        (np.array([0, 4, 0]), np.array([2, 1, 2])),
        np.ix_(np.array([4, 0]), np.arange(3)),
        np.ix_(np.array([3, 3, 1]), np.array([2, 0])),
        np.ix_(np.arange(5), np.array([1])),
    ],
    ids=["points", "list and all", "lists", "all and list"],
)
def test_a_selection_picks_the_elements_of_the_box(pick: Any) -> None:
    """Catches positions in the box that are taken for positions in the chunk."""
    found = picked_selection(ChunkPart((0, 0), BOX, (), covered=False, pick=pick))
    if any(isinstance(axis, slice) for axis in found):
        found = np.ix_(*(np.arange(12)[a] if isinstance(a, slice) else a for a in found))
    np.testing.assert_array_equal(DATA[found], DATA[BOX][pick])


@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("shards", [(6, 6), (13, 12), None])
def test_lists_and_points_are_read_from_any_store(
    location: Any, shards: tuple[int, int] | None
) -> None:
    """Catches elements in another order than that of the lists, or of other subchunks."""
    inner = MemoryStore()
    codec = zarr.codecs.ShardingCodec(chunk_shape=(3, 2), index_location=location)
    chunks: Any = {"chunks": (6, 5)}
    if shards is not None:
        shards = tuple(-(-n // c) * c for n, c in zip(shards, (3, 2), strict=True))  # type: ignore[assignment]
        chunks = {"chunks": shards, "serializer": codec, "compressors": None}
    zarr.create_array(inner, data=DATA, **chunks)
    array: Any = zarr.open_array(AsyncLogged(inner), mode="r", engine="reference")
    array = array.with_config({"sharding_coalesce_max_gap_bytes": 0})
    rows, columns = [11, 0, 5, 5, 7], [9, 3, 3, 0, 1]
    np.testing.assert_array_equal(array.vindex[rows, columns], DATA[rows, columns])
    np.testing.assert_array_equal(array.oindex[rows, columns], DATA[np.ix_(rows, columns)])
    np.testing.assert_array_equal(array.oindex[rows, 1:9:3], DATA[rows][:, 1:9:3])
    np.testing.assert_array_equal(array.oindex[1:9:3, columns], DATA[1:9:3][:, columns])
    for row, column in product(rows, columns):
        assert array[row, column] == DATA[row, column]


def test_an_array_without_axes_is_read_by_points() -> None:
    """Catches a selection of no axes that gives one element instead of a list."""
    inner = MemoryStore()
    codec = zarr.codecs.ShardingCodec(chunk_shape=())
    array: Any = zarr.create_array(
        inner, shape=(), chunks=(), dtype="i4", serializer=codec, compressors=None
    )
    array[...] = 7
    ours: Any = zarr.open_array(AsyncLogged(inner), mode="r", engine="reference")
    assert ours[()] == 7
    assert ours.vindex[()] == 7


@pytest.mark.parametrize("store_type", [AsyncLogged, WrapperStore])
def test_lists_beside_slices_are_read_in_three_axes(store_type: Any) -> None:
    """Catches several lists beside a slice, which zarr's indexers refuse."""
    inner, data = MemoryStore(), np.arange(512).reshape(8, 8, 8)
    zarr.create_array(inner, data=data, chunks=(2, 2, 2), shards=(4, 4, 4))
    array: Any = zarr.open_array(store_type(inner), mode="r", engine="reference")
    few, other = [0, 3, 6], [5, 2]
    axes: list[Any] = [few, other, slice(None), slice(1, 7, 3), 4]
    for selection in product(axes, repeat=3):
        lists = [[one] if isinstance(one, int) else np.arange(8)[one] for one in selection]
        dropped = tuple(axis for axis, one in enumerate(selection) if isinstance(one, int))
        expected = data[np.ix_(*lists)].squeeze(axis=dropped)
        np.testing.assert_array_equal(array.oindex[selection], expected)
