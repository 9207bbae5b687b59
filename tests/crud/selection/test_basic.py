"""Lowered selections compared with NumPy's own indexing; only a shape is needed."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from zarr.crud._selection.basic import Axis, Box, Outer, lower_basic
from zarr.crud.testing import basic_selections
from zarr.errors import BoundsCheckError

shapes = st.lists(st.integers(0, 9), max_size=4).map(tuple)


def positions(axis: Axis) -> list[int]:
    """The positions that one axis selects, as a list."""
    if isinstance(axis, int):
        return [axis]
    assert isinstance(axis, tuple)
    start, step, count = axis
    return [start + step * i for i in range(count)]


@given(data=st.data(), shape=shapes)
@settings(max_examples=500)
def test_a_lowered_selection_selects_what_numpy_selects(
    data: st.DataObject, shape: tuple[int, ...]
) -> None:
    """Catches mistakes about clipping, negative positions, steps, ellipses or empty results."""
    selection = data.draw(basic_selections(shape))
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    expected = values[selection]
    lowered = lower_basic(selection, shape)
    assert lowered.shape == expected.shape
    found = values[np.ix_(*map(positions, lowered.axes))] if shape else values
    assert np.array_equal(found.reshape(lowered.shape), expected)


@given(data=st.data(), shape=shapes)
def test_a_box_is_contiguous_and_an_outer_is_not(
    data: st.DataObject, shape: tuple[int, ...]
) -> None:
    """Catches a step that is passed to a backend which serves only boxes."""
    lowered = lower_basic(data.draw(basic_selections(shape)), shape)
    steps = [axis[1] for axis in lowered.axes if isinstance(axis, tuple)]
    assert isinstance(lowered, Box) == all(step == 1 for step in steps)


@pytest.mark.parametrize(
    ("selection", "error", "text"),
    [
        (7, BoundsCheckError, "index 7 is outside the axis of length 7"),
        ((0, -6), BoundsCheckError, "index -6 is outside the axis of length 5"),
        ((0, 0, 0), IndexError, "too many indices: the array has 2 axes, not 3"),
        ((..., 0, ...), IndexError, "one ellipsis"),
        ([0, 1], IndexError, "not a basic index"),
        (True, IndexError, "not a basic index"),
        (np.True_, IndexError, "not a basic index"),
        (1.0, IndexError, "not a basic index"),
        (None, IndexError, "not a basic index"),
        ("name", IndexError, "not a basic index"),
        (np.array([0, 1]), IndexError, "not a basic index"),
        (slice(None, None, 0), ValueError, "slice step cannot be zero"),
        (slice("a", None), TypeError, "slice indices"),
    ],
)
def test_what_is_no_basic_selection_is_refused(
    selection: Any, error: type[Exception], text: str
) -> None:
    """Catches an invalid index that is treated as another selection."""
    with pytest.raises(error, match=text):
        lower_basic(selection, (7, 5))


def test_numpy_integers_are_indices() -> None:
    """Catches a refusal of NumPy integers, which computed positions often are."""
    assert lower_basic((np.int64(-1), np.uint8(2)), (7, 5)) == Box((6, 2), ())


def test_a_step_over_one_element_is_no_step() -> None:
    """Catches a single position that does not count as contiguous because of its step."""
    assert lower_basic(slice(2, 3, 100), (7,)) == Box(((2, 1, 1),), (1,))
    assert isinstance(lower_basic(slice(None, None, 2), (7,)), Outer)
