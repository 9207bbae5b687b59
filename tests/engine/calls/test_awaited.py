"""Reads of asynchronous arrays, with and without a thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr._engine.calls import awaited
from zarr._engine.calls.methods import READS
from zarr.core.buffer.cpu import NDBuffer
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def opened(engine: str, data: Any = VALUES, **options: Any) -> Any:
    """Create an array on a store that waits."""
    made = zarr.create_array(
        AsyncOnlyStore(), data=data, chunks=(3, 2)[: data.ndim], engine=engine, **options
    )
    return made.async_array


async def test_each_method_reads_its_dialect_and_is_counted(engine: str) -> None:
    """Catches a method that reads another dialect, and an operation that no engine is said to
    have served.
    """
    array = opened(engine)
    mask, before = VALUES % 3 == 0, array.engine_info().operations[engine]
    assert_same(await array.getitem((slice(1, 6, 2), 3)), VALUES[1:6:2, 3])
    assert_same(await array.get_orthogonal_selection(([6, 0], [1, 1])), VALUES[[6, 0]][:, [1, 1]])
    points = ([[6, 0]], [[1, 2]])
    assert_same(await array.get_coordinate_selection(points), VALUES[points])
    assert_same(await array.get_mask_selection(mask), VALUES[mask])
    assert await array.getitem((6, 4)) == 34
    assert array.engine_info().operations == {engine: before + 5}


@pytest.mark.parametrize("dtype", ["i2", "f8"])
async def test_out_is_filled_whatever_its_type(engine: str, dtype: str) -> None:
    """Catches elements that are not cast, or not in the caller's memory."""
    memory = np.zeros((7, 2), dtype)
    found = await opened(engine).get_orthogonal_selection(
        (slice(None), [4, 0]), out=NDBuffer.from_numpy_array(memory)
    )
    assert_same(memory, VALUES[:, [4, 0]].astype(dtype))
    assert_same(np.asarray(found), memory)
    flat = np.zeros(2, dtype)
    found = await opened(engine).get_coordinate_selection(
        ([6, 0], [1, 2]), out=NDBuffer.from_numpy_array(flat)
    )
    assert_same(flat, VALUES[[6, 0], [1, 2]].astype(dtype))


async def test_fields_are_picked(engine: str) -> None:
    """Catches whole elements where one field is wanted."""
    data = np.zeros(7, [("a", "i4"), ("b", "f4")])
    data["b"] = np.arange(7)
    array = opened(engine, data)
    assert_same(await array.get_orthogonal_selection(slice(2, 5), fields="b"), data["b"][2:5])


async def test_what_no_engine_serves_is_left_to_upstream() -> None:
    """Catches an array that cannot be read because `"auto"` finds no engine for it."""
    array = zarr.create_array(MemoryStore(), data=VALUES, engine="auto").async_array
    assert_same(await array.getitem(...), VALUES)
    assert set(awaited.KINDS) <= set(READS)
