"""Stored chunks, counted in bins of two axes of the chunk grid. Pure."""

from __future__ import annotations

from math import prod
from operator import index as as_int
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._arguments import shown

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_BINS: Final = 64
"""The most bins along an axis, by default."""


_MANY: Final = 10**300
"""More is not told apart: a document may have 64 axes of any length."""


class Bins(NamedTuple):
    """What is stored in each bin: arrays of shape (rows, columns)."""

    nbytes: npt.NDArray[np.int64]
    """The size of all values. Unit: bytes."""
    stored: npt.NDArray[np.int64]
    """How many chunks are stored."""
    chunks: npt.NDArray[np.float64]
    """How many chunks there are, stored or not."""
    axes: tuple[int | None, int | None]
    """The axes of rows and columns; `None` for one that is left out."""
    steps: tuple[int, int]
    """How many chunks a bin has along the axes of rows and columns."""


def checked_axes(axes: Any, rank: int) -> tuple[int | None, int | None]:
    """Return the axes of rows and columns.

    Raises
    ------
    ValueError
        They are no one or two different axes.
    """
    try:
        given = [as_int(axis) for axis in axes]
    except TypeError:
        given = []
    places = [axis + rank if axis < 0 else axis for axis in given]
    known = [axis for axis in places if axis < rank]
    if not 1 <= len(given) <= 2 or min(places, default=0) < 0 or len(set(places)) != len(places):
        raise ValueError(f"axes is {shown(axes)}; use one or two different axes of {rank}")
    if rank and not known:
        raise ValueError(f"axes is {shown(axes)}; the array has {rank} axes, counted from 0")
    if len(known) == 2:
        return known[0], known[1]
    return None, known[0] if known else None


def bins_of(
    grid: tuple[int, ...],
    indices: npt.NDArray[np.int64],
    nbytes: npt.NDArray[np.int64],
    axes: tuple[int | None, int | None],
    most: int,
) -> Bins:
    """Count the stored chunks of a grid in at most `most` bins along each of two axes."""
    if most < 1:
        raise ValueError(f"most is {most}; use at least 1 bin along an axis")
    rows, columns = (_binned(grid, indices, axis, most) for axis in axes)
    shape = (len(rows.chunks), len(columns.chunks))
    place = rows.places * shape[1] + columns.places
    sizes = np.zeros(prod(shape), np.int64)
    np.add.at(sizes, place, nbytes)
    stored = np.bincount(place, minlength=prod(shape)).astype(np.int64)
    others = prod(length for axis, length in enumerate(grid) if axis not in axes)
    with np.errstate(over="ignore"):
        chunks = np.outer(rows.chunks, columns.chunks) * float(min(others, _MANY))
    return Bins(
        sizes.reshape(shape), stored.reshape(shape), chunks, axes, (rows.step, columns.step)
    )


class _Axis(NamedTuple):
    places: npt.NDArray[np.int64]
    """The bin of each stored chunk."""
    chunks: npt.NDArray[np.float64]
    """The chunks of each bin along this axis."""
    step: int


def _binned(
    grid: tuple[int, ...], indices: npt.NDArray[np.int64], axis: int | None, most: int
) -> _Axis:
    if axis is None:
        return _Axis(np.zeros(len(indices), np.int64), np.ones(1), 1)
    length = grid[axis]
    step = max(1, -(-length // most))
    count = -(-length // step)
    chunks = np.full(count, float(step))
    if count:
        chunks[-1] = length - (count - 1) * step
    return _Axis(indices[:, axis] // step, chunks, step)
