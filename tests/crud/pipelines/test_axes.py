"""What several chunks give to one axis of a selection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr.crud._pipelines.axes import Piece, chunk_start, joined_axis, joined_points
from zarr.crud._selection.chunk_grid import UniformAxis, VaryingAxis

UNIFORM, VARYING = UniformAxis(10, 4), VaryingAxis(10, (3, 1, 6))


def listed(made: Any) -> Any:
    """An axis as a list, and the place."""
    if made is None:
        return None
    axis, place = made
    if isinstance(axis, tuple):
        start, step, count = axis
        return list(range(start, start + step * count, step)), place
    return np.asarray(axis).tolist(), place


def test_chunks_start_where_their_grid_says() -> None:
    """Catches a chunk beyond the end of a regular grid that has no place."""
    assert [chunk_start(UNIFORM, at) for at in (0, 2, 5)] == [0, 8, 20]
    assert [chunk_start(VARYING, at) for at in (0, 1, 2)] == [0, 3, 4]


@pytest.mark.parametrize(
    ("axis", "pieces", "expected"),
    [
        (
            UNIFORM,
            {0: (slice(1, 4, 1), slice(0, 3)), 1: (slice(0, 2), slice(3, 5))},
            ([1, 2, 3, 4, 5], slice(0, 5)),
        ),
        (
            UNIFORM,
            {1: (slice(2, 4, 3), slice(2, 3)), 2: (slice(1, 2, 3), slice(3, 4))},
            ([6, 9], slice(2, 4)),
        ),
        (
            VARYING,
            {0: (slice(0, 3), slice(0, 3)), 2: (slice(1, 6, 2), slice(3, 6))},
            ([0, 1, 2, 5, 7, 9], slice(0, 6)),
        ),
        (
            UNIFORM,
            {0: (np.array([3, 0]), np.array([2, 0])), 2: (np.array([1]), np.array([1]))},
            ([0, 9, 3], slice(0, 3)),
        ),
        (
            UNIFORM,
            {0: (np.array([[0], [3]]), slice(0, 2)), 1: (np.array([1, 1]), slice(2, 4))},
            ([0, 3, 5, 5], slice(0, 4)),
        ),
        (
            UNIFORM,
            {0: (np.array([True, False, True, True]), slice(0, 3))},
            ([0, 2, 3], slice(0, 3)),
        ),
        (UNIFORM, {1: (3, None)}, (7, None)),
        (UNIFORM, {1: (np.array([[2]]), None)}, (6, None)),
        # Gaps, overlaps, and what has another length than its place.
        (UNIFORM, {0: (slice(0, 2), slice(0, 2)), 1: (slice(0, 2), slice(3, 5))}, None),
        (UNIFORM, {0: (slice(0, 2), slice(0, 2)), 1: (slice(0, 2), slice(1, 3))}, None),
        (UNIFORM, {0: (slice(0, 2), slice(0, 3))}, None),
        (UNIFORM, {0: (np.array([0, 1]), np.array([0, 0]))}, None),
        (UNIFORM, {0: (np.array([0, 4]), slice(0, 2))}, None),
        (UNIFORM, {0: (np.array([0, -1]), slice(0, 2))}, None),
        (UNIFORM, {0: (np.array([0.0, 1.0]), slice(0, 2))}, None),
        (UNIFORM, {0: (slice(0, 2), Ellipsis)}, None),
        (UNIFORM, {0: (1, None), 1: (1, None)}, None),
        (UNIFORM, {0: (np.array([1, 2]), None)}, None),
    ],
)
def test_pieces_are_one_axis_or_none(axis: Any, pieces: Any, expected: Any) -> None:
    """Catches positions of another chunk, or places that nothing fills."""
    made = joined_axis(axis, {at: Piece(*piece) for at, piece in pieces.items()})
    assert listed(made) == expected


def test_slices_stay_slices() -> None:
    """Catches a list of a million positions for a slice."""
    pieces = {0: Piece(slice(1, 4, 2), slice(0, 2)), 1: Piece(slice(1, 4, 2), slice(2, 4))}
    assert joined_axis(UNIFORM, pieces) == ((1, 2, 4), slice(0, 4))


def test_points_are_put_in_the_order_of_their_places() -> None:
    """Catches points in the order of the chunks."""
    indices = [(0, 2), (2, 0)]
    given = [
        ((np.array([3, 0]), np.array([0, 1])), np.array([2, 0])),
        ((np.array([1]), np.array([2])), np.array([1])),
    ]
    made = joined_points((UNIFORM, VARYING), indices, given)
    assert made is not None
    (rows, columns), place = made
    assert (rows.tolist(), columns.tolist(), place) == ([0, 9, 3], [5, 2, 4], slice(0, 3))


@pytest.mark.parametrize(
    "one",
    [
        ((np.array([3, 0]), np.array([0])), slice(0, 2)),
        ((np.array([3]),), slice(0, 1)),
        ((np.array([3]), slice(0, 1)), slice(0, 1)),
        ((np.array([3]), np.array([True])), slice(0, 1)),
        ((np.array([3]), np.array([0])), slice(0, 2)),
        ((np.array([], int), np.array([], int)), slice(0, 0)),
    ],
)
def test_what_is_no_list_of_points_is_not_joined(one: Any) -> None:
    """Catches an index that NumPy broadcasts, and that is read as something else."""
    assert joined_points((UNIFORM, VARYING), [(0, 1)], [one]) is None
