"""Arrays with every kind of strides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tests.bindings.support import Bound, ramp


def layouts(shape: tuple[int, ...]) -> list[Any]:
    """Arrays of zeros of the given shape, with every kind of strides."""
    rows, columns = shape
    return [
        np.zeros(shape, "i4"),
        np.zeros(shape, "i4", "F"),
        np.zeros((rows * 2, columns * 3), "i4")[::2, ::3],
        np.zeros(shape, "i4")[::-1, ::-1],
        np.zeros((columns, rows), "i4").T[::-1],
        np.zeros(rows * columns * 4 + 1, "u1")[1:].view("i4").reshape(shape),
    ]


def test_out_may_have_any_strides(ours: Bound) -> None:
    """Catches an `out` that is filled as if it were contiguous or aligned."""
    for out in layouts((4, 5)):
        assert ours.read((6, -2, 4), (0, 1, 5), out=out) is out
        np.testing.assert_array_equal(out, ramp((7, 5))[::-2], str(out.strides))
    for out in layouts((7, 5)):
        np.testing.assert_array_equal(ours.read((0, 1, 7), (0, 1, 5), out=out), ramp((7, 5)))


def test_value_may_have_any_strides(ours: Bound) -> None:
    """Catches a value that is read as if it were contiguous; views and broadcasts included."""
    for value in layouts((7, 5)):
        value[...] = ramp((7, 5))[::-1]
        ours.write_all(value)
        np.testing.assert_array_equal(ours.read_all(), value)
    row = np.broadcast_to(np.arange(5, dtype="i4"), (7, 5))
    ours.write_all(row)
    np.testing.assert_array_equal(ours.read_all(), row)
    ours.write(as_strided(np.array(9, "i4"), (3, 2), (0, 0)), (1, 2, 3), (4, -3, 2))
    expected = row.copy()
    expected[1:6:2, 4::-3] = 9
    np.testing.assert_array_equal(ours.read_all(), expected)
