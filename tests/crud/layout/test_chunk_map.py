"""Bins of the chunk grid: counted exactly, and few whatever the grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr.crud._layout.chunk_map import bins_of, checked_axes

INDICES = np.array([[0, 0], [0, 2], [2, 1], [6, 4]])
NBYTES = np.array([10, 20, 30, 40])


def test_bins_have_the_bytes_and_chunks_of_their_places() -> None:
    """Catches a bin that is off by one, or a last bin that counts too many chunks."""
    found = bins_of((7, 5), INDICES, NBYTES, (0, 1), 3)
    assert found.steps == (3, 2)
    assert found.nbytes.tolist() == [[40, 20, 0], [0, 0, 0], [0, 0, 40]]
    assert found.stored.tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert found.chunks.tolist() == [[6, 6, 3], [6, 6, 3], [2, 2, 1]]


def test_other_axes_are_added_up() -> None:
    """Catches a map of one plane only."""
    indices = np.array([[0, 0, 0], [0, 1, 0], [0, 1, 1]])
    found = bins_of((1, 2, 2), indices, np.array([1, 2, 4]), (0, 2), 64)
    assert found.nbytes.tolist() == [[3, 4]]
    assert found.chunks.tolist() == [[2, 2]]


def test_a_grid_of_any_size_has_few_bins() -> None:
    """Catches memory in proportion to the grid, or a number that no float has."""
    indices = np.array([[2**62, 5, *[0] * 62]])
    found = bins_of((2**63 - 1,) * 64, indices, np.array([7]), (0, 1), 16)
    assert found.nbytes.shape == (16, 16)
    assert found.nbytes.sum() == 7
    assert found.nbytes[8, 0] == 7


def test_axes_that_are_not_there_are_left_out() -> None:
    """Catches a default that arrays of one axis or none refuse."""
    assert checked_axes((0, 1), 3) == (0, 1)
    assert checked_axes((-1, 0), 3) == (2, 0)
    assert checked_axes((0, 1), 1) == (None, 0)
    assert checked_axes((0, 1), 0) == (None, None)
    for axes in [(), (0, 0), (0, 1, 2), (-4, 0), 5, ("a",), (1, -2)]:
        given: Any = axes
        with pytest.raises(ValueError, match=r"axes is .*; use one or two different axes of 3"):
            checked_axes(given, 3)
    with pytest.raises(ValueError, match=r"axes is .*; the array has 3 axes"):
        checked_axes((3, 4), 3)
    with pytest.raises(ValueError, match="most is 0; use at least 1 bin"):
        bins_of((7, 5), INDICES, NBYTES, (0, 1), 0)
