"""Plain selections: those that are served match NumPy, and all others are declined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, ramp

FULL = ramp((7, 5))
TAKEN: list[Any] = [
    ...,
    (),
    3,
    -7,
    (6, -5),
    slice(None),
    slice(2, 900),
    slice(5, 2),
    (slice(1, 7, 4), 0),
    (..., 4),
    (slice(-3, None), ..., slice(0, 5, 2)),
    (..., slice(1, 3), slice(2)),
]
LEFT: list[Any] = [
    7,
    -8,
    (0, 5),
    (0, 0, 0),
    (..., 0, ...),
    True,
    None,
    1.0,
    "a",
    [0, 1],
    (np.array([0, 1]), 0),
    slice(None, None, -1),
    slice(None, None, 0),
    slice(0.5, None),
    2**70,
]


def reader(ours: Bound) -> zb.Reader:
    return zb.Reader(ours.text, ours.store, ours.path, np.dtype("i4"))


@pytest.mark.parametrize("selection", TAKEN, ids=repr)
def test_integers_slices_and_an_ellipsis_select_what_numpy_selects(
    ours: Bound, selection: Any
) -> None:
    """Catches axes that are kept or dropped wrongly, and slices that are clipped differently."""
    found = reader(ours).read_region(selection)
    np.testing.assert_array_equal(found, FULL[selection], strict=True)


@pytest.mark.parametrize("selection", LEFT, ids=repr)
def test_what_is_not_plain_or_does_not_fit_is_left(ours: Bound, selection: Any) -> None:
    """Catches a guess that the slow path would correct, and a declined read that is counted."""
    before = zb.counters()
    assert reader(ours).read_region(selection) is None
    assert zb.counters() == before
