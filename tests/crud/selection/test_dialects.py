"""Selections of each dialect, lowered: compared with NumPy's own indexing."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from zarr.crud import Points, Ranges
from zarr.crud._selection.basic import lower_basic
from zarr.crud._selection.dialects import (
    lower_block,
    lower_coordinate,
    lower_mask,
    lower_orthogonal,
)
from zarr.crud.testing import selections
from zarr.errors import BoundsCheckError

STARTS = ([0, 3, 6], [0, 2, 4])
SHAPES = {(7, 5): STARTS, (7,): STARTS[:1], (): (), (7, 0): ([0, 3, 6], [])}

LOWER: dict[str, Any] = {
    "basic": lower_basic,
    "orthogonal": lower_orthogonal,
    "coordinate": lower_coordinate,
    "mask": lower_mask,
    "block": lambda selection, shape: lower_block(selection, shape, SHAPES[shape]),
}


def positions(axis: Any) -> Any:
    """The positions of one axis, spelled out."""
    if isinstance(axis, int):
        return np.array([axis])
    if isinstance(axis, np.ndarray):
        assert axis.dtype == np.int64
        return axis
    if isinstance(axis, Ranges):
        return np.concatenate(list(map(np.arange, axis.starts, axis.stops)))
    start, step, count = axis
    return start + step * np.arange(count)


@given(data=st.data(), shape=st.sampled_from(list(SHAPES)))
@settings(max_examples=60)
def test_every_dialect_selects_the_elements_that_numpy_does(
    data: st.DataObject, shape: tuple[int, ...]
) -> None:
    """Catches mistakes about order, repetitions, negative positions, or broadcast shapes."""
    kind, selection, places = data.draw(selections(shape, SHAPES[shape]))
    lowered = LOWER[kind](selection, shape)
    assert lowered.shape == places.shape
    axes = [positions(axis) for axis in lowered.axes]
    if not shape:
        return
    index = tuple(axes) if isinstance(lowered, Points) else np.ix_(*axes)
    flat = np.arange(int(np.prod(shape))).reshape(shape)[index]
    assert flat.reshape(lowered.shape).tolist() == places.tolist()


WRONG: list[tuple[str, Any, type[Exception], str]] = [
    ("orthogonal", ([7], 0), BoundsCheckError, "index 7 is outside the axis of length 7"),
    ("orthogonal", (0, [-6, 0]), BoundsCheckError, "index -6 is outside the axis of length 5"),
    ("orthogonal", ([True] * 6, 0), IndexError, "has that length, not 6"),
    ("orthogonal", ([[0]], 0), IndexError, "lists of rank 1, not of rank 2"),
    ("orthogonal", ([1.0], 0), IndexError, "does not hold integers"),
    ("orthogonal", ([0], [0], [0]), IndexError, "too many indices"),
    ("coordinate", ([0],), IndexError, "one index per axis: 2, not 1"),
    ("coordinate", ([0, 1], [0, 1, 2]), IndexError, "do not broadcast"),
    ("coordinate", ([0, 7], 0), BoundsCheckError, "index 7 is outside"),
    ("coordinate", (np.zeros(0), 0), IndexError, "does not hold integers"),
    ("coordinate", (slice(2), 0), IndexError, "does not hold integers"),
    ("mask", np.ones((5, 7), bool), IndexError, "of the array's shape"),
    ("mask", np.ones((7, 5), "u1"), IndexError, "one boolean array"),
    ("mask", (np.ones(7, bool), np.ones(5, bool)), IndexError, "one boolean array"),
    ("block", (3, 0), BoundsCheckError, "index 3 is outside the axis of length 3"),
    ("block", (slice(3, None), 0), BoundsCheckError, "are outside the 3 of the axis"),
    ("block", (slice(-4, None), 0), BoundsCheckError, "are outside the 3 of the axis"),
    ("block", (slice(0, 3, 2), 0), IndexError, "slices with step 1 only"),
    ("block", ([0], 0), IndexError, "is not a basic index"),
]


@pytest.mark.parametrize(("kind", "selection", "error", "words"), WRONG)
def test_what_does_not_fit_the_array_is_refused(
    kind: str, selection: Any, error: type[Exception], words: str
) -> None:
    """Catches a selection that wraps around, is clipped, or is treated as another one."""
    with pytest.raises(error, match=words):
        LOWER[kind](selection, (7, 5))


def test_unsigned_positions_are_positions() -> None:
    """Catches a length that is added to unsigned positions, or a sum that overflows their type."""
    rows = np.array([200, 0], "u1")
    assert lower_coordinate((rows,), (300,)).axes[0].tolist() == [200, 0]
    assert positions(lower_orthogonal((rows,), (300,)).axes[0]).tolist() == [200, 0]
    assert lower_coordinate((np.array([-1], "i1"),), (300,)).axes[0].tolist() == [299]


def test_blocks_of_a_long_axis_are_found_without_a_list_of_them() -> None:
    """Catches a list of 2**62 block starts."""
    found = lower_block((slice(2**40, 2**40 + 2),), (2**62,), [range(0, 2**62, 2)])
    assert found.axes == ((2**41, 1, 4),)


def test_single_positions_make_a_list_of_one_point() -> None:
    """Catches a scalar for an array of one element, or no point at all in rank 0."""
    assert lower_coordinate((3, -1), (7, 5)).shape == (1,)
    assert lower_coordinate((), ()) == Points((), (1,))
    assert lower_mask(np.True_, ()) == Points((), (1,))
    assert lower_mask(np.False_, ()) == Points((), (0,))


def test_blocks_in_the_wrong_order_are_none() -> None:
    """Catches a negative number of elements."""
    assert lower_block((slice(2, 1), 0), (7, 5), STARTS).shape == (0, 2)


@pytest.mark.parametrize("shape", [(0, 70), (3, 2, 70), (5, 64), (2, 0, 90), (4, 63), (130,)])
@pytest.mark.parametrize("layout", ["C", "F", "reversed"])
def test_masks_of_any_length_of_lines_select_what_numpy_does(
    shape: tuple[int, ...], layout: str
) -> None:
    """Catches a wrong line of a mask that is searched line by line."""
    mask = np.asarray(
        np.random.default_rng(1).random(shape) < 0.3, order="F" if layout == "F" else "C"
    )
    mask = mask[::-1] if layout == "reversed" else mask
    found = lower_mask(mask, shape)
    assert found.shape == (int(mask.sum()),)
    for axis, expected in zip(found.axes, np.nonzero(mask), strict=True):
        assert axis.dtype == np.int64
        np.testing.assert_array_equal(axis, expected)


@pytest.mark.parametrize("dtype", ["i8", ">i8", "u8", "u1", "i2"])
@pytest.mark.parametrize("low", [0, -5])
def test_lists_of_any_integer_type_are_counted_from_the_start(dtype: str, low: int) -> None:
    """Catches bytes in the wrong order, and positions that are counted from the wrong end."""
    if low < 0 and "u" in dtype:
        low = 0
    given = np.array([low, 3, 4], dtype)
    expected = [low % 5, 3, 4]
    for axis in (lower_coordinate(given, (5,)).axes[0], lower_orthogonal(given, (5,)).axes[0]):
        assert isinstance(axis, np.ndarray)
        assert axis.dtype == np.dtype("=i8")
        assert axis.tolist() == expected
    for wrong in (5, -6, np.iinfo("i8").min, np.iinfo("i8").max):
        with pytest.raises(BoundsCheckError, match=f"index {wrong} is outside"):
            lower_coordinate(np.array([0, wrong]), (5,))


def test_a_list_of_positions_is_not_copied() -> None:
    """Catches copies of long lists."""
    given = np.array([4, 0, 3])
    assert lower_coordinate(given, (5,)).axes[0].base is given
    assert lower_orthogonal(given, (5,)).axes[0] is given
