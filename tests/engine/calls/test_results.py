"""Results in the order, type and memory that zarr's own path gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr._engine.calls.prepare import Call, prepare
from zarr._engine.calls.results import Target, elements, order_of, points
from zarr.core.buffer.cpu import NDBuffer
from zarr.crud._selection.basic import Kind
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)
POINTS: Any = ([[0, 6], [3, 3]], [[4, 0], [1, 2]])


def call(
    engine: str, selection: Any = ..., kind: Kind = "basic", data: Any = VALUES, **options: Any
) -> Call:
    """Read from an array with an engine."""
    layout: dict[str, Any] = {"data": data, "chunks": (3, 2)[: data.ndim], "engine": engine}
    array = zarr.create_array(MemoryStore(), **(layout | options)).async_array
    made = prepare(array, "read_region", kind, selection, None)
    assert made is not None
    return made


def read(target: Target) -> Any:
    """Read what a target is for."""
    return target.result(target.call.read(target.direct))


@pytest.mark.parametrize(
    ("options", "order"),
    [
        ({"zarr_format": 2, "order": "F"}, "F"),
        ({"zarr_format": 2, "order": "C", "config": {"order": "F"}}, "C"),
        ({"config": {"order": "F"}}, "F"),
        ({"shards": (6, 4), "config": {"order": "F"}}, "F"),
        ({}, "C"),
    ],
)
@pytest.mark.filterwarnings("ignore:The `order` keyword argument")
def test_the_order_is_that_of_the_document_in_format_2_and_else_configured(
    options: dict[str, Any], order: str, engine: str
) -> None:
    """Catches a configured order that overrides the document, or memory in another order."""
    made = call(engine, **options)
    assert order_of(made.array) == order
    found = read(elements(made, None, None))
    assert_same(found, VALUES)
    assert found.flags.f_contiguous is (order == "F")


@pytest.mark.parametrize("shape", [(0, 5), (7, 0)])
def test_an_empty_result_has_its_shape_in_either_order(shape: Any, engine: str) -> None:
    """Catches an axis that is lost together with the elements."""
    for order in ("C", "F"):
        made = call(engine, data=np.empty(shape, "i2"), config={"order": order})
        assert_same(read(elements(made, None, None)), np.empty(shape, "i2"))


@pytest.mark.parametrize("dtype", ["i2", "f8", ">i2"])
@pytest.mark.parametrize("turned", [False, True])
def test_out_is_filled_and_returned_whatever_its_type_and_strides(
    dtype: str, engine: str, *, turned: bool
) -> None:
    """Catches elements in another array than the caller's, or bytes instead of numbers."""
    memory = np.zeros((5, 7) if turned else (7, 5), dtype)
    out = NDBuffer.from_numpy_array(memory.T if turned else memory)
    found = read(elements(call(engine), out, None))
    assert np.shares_memory(found, memory)
    assert_same(np.array(found), VALUES.astype(dtype))


def test_points_fill_a_flat_out_and_return_a_copy_in_the_shape_of_the_indices(engine: str) -> None:
    """Catches an `out` that must have the shape of the indices, or a result that loses it."""
    made, flat = call(engine, POINTS, "coordinate"), np.zeros(4, "i2")
    found = read(points(made, NDBuffer.from_numpy_array(flat), None))
    assert_same(found, VALUES[POINTS])
    assert_same(flat, VALUES[POINTS].ravel())
    assert not np.shares_memory(found, flat)
    assert_same(read(points(made, None, None)), VALUES[POINTS])
