"""Parts of chunks that are read into a buffer or written from one."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.crud import Options, get_backend
from zarr.crud._document.cache import as_document
from zarr.crud._pipelines.chosen import Chosen, Missing
from zarr.crud._pipelines.projections import Part
from zarr.crud._pipelines.work import _view, read_parts, write_parts
from zarr.crud._selection.basic import lower_basic
from zarr.crud._stores.location import Location
from zarr.crud.testing import assert_same
from zarr.errors import ChunkNotFoundError
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


class Work:
    """An array of which only the first row of chunks is stored, and parts of it."""

    def __init__(self, engine: str, missing: Missing = "tell", **options: Any) -> None:
        layout: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "fill_value": 9}
        self.array: Any = zarr.create_array(MemoryStore(), dtype="i2", **layout)
        self.array[:3] = VALUES[:3]
        options = {"missing_chunks": "error", **options}
        self.chosen = Chosen(get_backend(engine), Options(**options), missing)

    def part(self, selection: Any, where: Any) -> Part:
        document = as_document(self.array.metadata)
        lowered = lower_basic(selection, document.shape)
        return Part(document, Location(self.array.store, ""), lowered, where)

    def read(self, memory: Any, *parts: Part, drop_axes: tuple[int, ...] = ()) -> list[str]:
        found = asyncio.run(read_parts(self.chosen, list(parts), memory, drop_axes))
        return [result["status"] for result in found]

    def write(self, values: Any, *parts: Part, drop_axes: tuple[int, ...] = ()) -> None:
        asyncio.run(write_parts(self.chosen, list(parts), np.asarray(values), drop_axes))


@pytest.mark.parametrize(
    ("where", "shape"),
    [
        ((slice(0, 3), 1), (3,)), ((2, 3), ()), ((np.int64(2), slice(None)), (5,)), (..., (7, 5)),
        (3, (5,)), ((..., 1), (7,)), ((), (7, 5)), ((slice(4, 4), 1), (0,)),
        ((np.array([0, 1]), 1), None), ([0, 1], None), (VALUES > 3, None), ((None, 1), None),
    ],
)  # fmt: skip
def test_only_indexes_that_give_views_are_filled_in_place(where: Any, shape: Any) -> None:
    """Catches elements that are read into a copy, and lost."""
    memory = np.zeros((7, 5), "i2")
    found = _view(memory, where)
    if shape is None:
        assert found is None
        return
    assert found is not None
    assert found.shape == shape
    found[...] = 7
    assert (memory == 7).sum() == np.prod(shape, dtype=int)


@pytest.mark.parametrize("dtype", ["i2", "f8"])
@pytest.mark.parametrize("missing", ["tell", "hide"])
def test_parts_that_are_not_stored_read_as_the_fill_value(
    missing: Missing, dtype: str, engine: str
) -> None:
    """Catches memory of the caller that is not filled, or the status of another part."""
    work, memory = Work(engine, missing), np.full((4, 6), -1, dtype)
    parts = [
        work.part((slice(4, 6), slice(0, 2)), (slice(0, 2), slice(0, 2))),
        work.part((slice(1, 3), slice(2, 4)), (slice(0, 2), [5, 4])),
        work.part((2, 4), (3, 3)),
    ]
    expected = np.full((4, 6), -1, dtype)
    expected[:2, :2], expected[:2, [5, 4]], expected[3, 3] = 9, VALUES[1:3, 2:4], VALUES[2, 4]
    statuses = work.read(memory, *parts)
    assert_same(memory, expected)
    assert statuses == ["missing" if missing == "tell" else "present", "present", "present"]


def test_missing_parts_are_errors_where_the_options_say_so(engine: str) -> None:
    """Catches a lost chunk that reads as the fill value."""
    work = Work(engine, "raise")
    with pytest.raises(ChunkNotFoundError):
        work.read(np.zeros((1, 1), "i2"), work.part((slice(6, 7), slice(0, 1)), ...))


def test_dropped_axes_are_dropped_in_both_directions(engine: str) -> None:
    """Catches a value that is broadcast along an axis that the selection lacks."""
    work, memory = Work(engine), np.zeros(2, "i2")
    part = work.part((slice(1, 2), slice(2, 4)), slice(0, 2))
    work.read(memory, part, drop_axes=(0,))
    assert_same(memory, VALUES[1, 2:4])
    work.write([70, 80], part, drop_axes=(0,))
    work.write(5, work.part((slice(6, 7), slice(None)), slice(0, 5)))
    expected = np.full((7, 5), 9, "i2")
    expected[:3], expected[6] = VALUES[:3], 5
    expected[1, 2:4] = 70, 80
    assert_same(work.array[...], expected)


def test_the_budget_is_that_of_all_parts(engine: str) -> None:
    """Catches a result that is larger than allowed because each of its parts is small."""
    work = Work(engine, decoded_size_budget=20)
    parts = [work.part((row, slice(0, 2)), (row, slice(0, 2))) for row in range(6)]
    work.read(np.zeros((7, 5), "i2"), *parts[:5])
    with pytest.raises(zarr.crud.DecodedSizeError):
        work.read(np.zeros((7, 5), "i2"), *parts)
