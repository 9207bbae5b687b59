"""Shapes, chunks and fill values that the conformance suite draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crud.testing.reached import reached
from zarr.crud.testing._layout import fill_values, shapes

PAIR = np.dtype([("a", ">i2"), ("b", "<f8"), ("c", "S3")])


@given(drawn=shapes())
@settings(max_examples=40)
def test_each_axis_has_chunks(drawn: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    """Catches chunks of length 0, which no document has."""
    shape, chunks = drawn
    assert len(shape) == len(chunks) <= 4
    assert min(chunks, default=1) >= 1


SHAPES: dict[str, Any] = {
    "rank 0": lambda shape, _: shape == (),
    "rank 4": lambda shape, _: len(shape) == 4,
    "no elements": lambda shape, _: 0 in shape,
    "a ragged edge": lambda shape, chunks: any(
        n > c and n % c for n, c in zip(shape, chunks, strict=True)
    ),
    "a chunk beyond the array": lambda shape, chunks: any(
        0 < n < c for n, c in zip(shape, chunks, strict=True)
    ),
}


def test_draws_reach_every_kind_of_shape() -> None:
    """Catches a strategy that never draws the shapes at which backends fail."""
    kinds: dict[str, Any] = {
        name: lambda drawn, holds=holds: holds(*drawn) for name, holds in SHAPES.items()
    }
    assert reached(shapes(), kinds) == set(SHAPES)


@given(data=st.data(), dtype=st.sampled_from(["?", "i1", ">u8", "<f2", ">f8", "c8", "S5", PAIR]))
@settings(max_examples=40)
def test_a_fill_value_is_one_of_the_data_type(data: st.DataObject, dtype: Any) -> None:
    """Catches a value that is cast, so that the awkward one is never tested."""
    value = data.draw(fill_values(np.dtype(dtype)))
    if value is not None:
        assert np.array([value], dtype)[0] == value or value != value


@pytest.mark.parametrize(
    ("dtype", "wanted"),
    [
        ("f4", lambda value: value != value),
        ("f4", lambda value: value == 0 and np.signbit(value)),
        ("c8", lambda value: np.isnan(value.real)),
        ("i1", lambda value: value == -128),
        ("u8", lambda value: value == 2**64 - 1),
        ("?", lambda value: value is True),
        (PAIR, lambda value: bool(np.signbit(value["b"]))),
        ("bfloat16", lambda value: bool(value == 0 and np.signbit(value))),
    ],
    ids=[
        "NaN",
        "-0.0",
        "a complex NaN",
        "the least",
        "the most",
        "true",
        "a structure",
        "-0.0 too",
    ],
)
def test_draws_reach_the_awkward_fill_values(dtype: Any, wanted: Any) -> None:
    """Catches fill values for which a comparison by number would do."""
    kinds = {"wanted": lambda value: value is not None and wanted(value)}
    assert reached(fill_values(np.dtype(dtype)), kinds, 40) == {"wanted"}
