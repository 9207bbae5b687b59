"""Shades: empty bins are told apart, and the largest is the darkest."""

from __future__ import annotations

import numpy as np

from zarr.crud._layout.chunk_map import Bins
from zarr.crud._layout.shades import shades_of


def test_shades_follow_the_bytes_per_chunk() -> None:
    """Catches an empty bin with a color, or a gap that no one sees."""
    stored = np.array([[0, 1, 1, 1]])
    nbytes = np.array([[0, 100, 50, 100]])
    chunks = np.array([[1.0, 1.0, 1.0, 2.0]])
    found = shades_of(Bins(nbytes, stored, chunks, (0, 1), (1, 1)), 4)
    assert found.tolist() == [[-1, 3, 2, 2]]


def test_empty_values_have_a_shade() -> None:
    """Catches a division by zero where all stored values are empty."""
    one = np.array([[1, 0]])
    found = shades_of(Bins(0 * one, one, np.ones((1, 2)), (0, 1), (1, 1)), 4)
    assert found.tolist() == [[0, -1]]
    nothing = np.zeros((0, 0), np.int64)
    assert shades_of(Bins(nothing, nothing, np.zeros((0, 0)), (0, 1), (1, 1)), 4).shape == (0, 0)
