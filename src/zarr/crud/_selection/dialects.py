"""Selections of the dialects other than basic, lowered. Pure: only NumPy and shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import numpy.typing as npt

from zarr.crud._selection.basic import (
    Axis,
    Box,
    Outer,
    Points,
    Positions,
    Selection,
    expand,
    lower_basic,
    position_of,
)
from zarr.crud._selection.ranges import is_ranges, lower_ranges
from zarr.errors import BoundsCheckError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.crud._selection.basic import BasicSelection


# Length of the last axis from which a mask is searched line by line.
LINE: Final = 64


def lower_orthogonal(selection: Any, shape: tuple[int, ...]) -> Selection:
    """Lower one index per axis: integers, slices, lists of either, `Ranges`, or masks of the axis.

    Lists and masks are of rank 1; a list may be in any order and contain repetitions. Slices in a
    list are taken one after the other. The result has one axis for each index that is not an
    integer.

    Raises
    ------
    zarr.errors.BoundsCheckError
        An integer or a range is outside its axis.
    IndexError
        Too many indices, a mask of the wrong length, or an index of another type.

    Examples
    --------
    >>> lower_orthogonal(([6, 0], slice(1, 3)), (7, 5))
    Outer(axes=(array([6, 0]), (1, 1, 2)), shape=(2, 2))
    """
    items = expand(_as_tuple(selection), len(shape))
    if not any(_is_list(item) or is_ranges(item) for item in items):
        return lower_basic(cast("BasicSelection", items), shape)
    axes: list[Axis] = []
    result_shape: list[int] = []
    for item, length in zip(items, shape, strict=True):
        if is_ranges(item):
            axis, count = lower_ranges(item, length)
            axes.append(axis)
            result_shape.append(count)
        elif _is_list(item):
            positions = _axis_positions(item, length)
            axes.append(positions)
            result_shape.append(positions.size)
        else:
            alone = lower_basic(cast("BasicSelection", item), (length,))
            axes.extend(alone.axes)
            result_shape.extend(alone.shape)
    return Outer(tuple(axes), tuple(result_shape))


def lower_coordinate(selection: Any, shape: tuple[int, ...]) -> Points:
    """Lower one integer or array of integers per axis, broadcast against each other.

    The result has the shape that they broadcast to, `(1,)` if all are single integers.

    Raises
    ------
    zarr.errors.BoundsCheckError
        A position is outside its axis.
    IndexError
        There is not one index per axis, they are not integers, or do not broadcast.

    Examples
    --------
    >>> lower_coordinate(([6, 0], -1), (7, 5))
    Points(axes=(array([6, 0]), array([4, 4])), shape=(2,))
    """
    items = _as_tuple(selection)
    if len(items) != len(shape):
        raise IndexError(
            f"a coordinate selection has one index per axis: {len(shape)}, not {len(items)}"
        )
    arrays = [_positions(item, length) for item, length in zip(items, shape, strict=True)]
    try:
        broadcast = np.broadcast_arrays(*arrays)
    except ValueError as err:
        raise IndexError(f"the indices of the axes do not broadcast: {err}") from err
    result_shape = broadcast[0].shape or (1,) if broadcast else (1,)
    return Points(tuple(axis.reshape(-1) for axis in broadcast), result_shape)


def lower_mask(selection: Any, shape: tuple[int, ...]) -> Points:
    """Lower a mask of the whole array; the result lists the marked elements in C order.

    Raises
    ------
    IndexError
        The mask is not boolean, or not of the array's shape.
    """
    items = _as_tuple(selection)
    mask = np.asarray(items[0]) if len(items) == 1 else None
    if mask is None or mask.dtype != bool or mask.shape != shape:
        raise IndexError(f"a mask selection is one boolean array of the array's shape {shape}")
    marked = _marked(np.atleast_1d(mask))
    count = marked[0].size
    return Points(marked if shape else (), (count,))


def _marked(mask: npt.NDArray[np.bool_]) -> tuple[Positions, ...]:
    """The positions of the marked elements, in C order."""
    *outer, length = mask.shape
    if not outer or length < LINE:
        return tuple(axis.astype(np.int64, copy=False) for axis in np.nonzero(mask))
    # Line by line, in half the time of NumPy's own search with several axes.
    lines = mask.reshape(-1, length)
    counts = np.count_nonzero(lines, axis=1)
    numbers = np.arange(lines.shape[0], dtype=np.int64)
    last = np.flatnonzero(lines).astype(np.int64, copy=False)
    last -= np.repeat(numbers * length, counts)
    return (*(np.repeat(axis, counts) for axis in np.unravel_index(numbers, outer)), last)


def lower_block(
    selection: Any, shape: tuple[int, ...], grids: Sequence[Sequence[int]]
) -> Selection:
    """Lower integers and slices that count chunks; `grids` has the starts of each axis's chunks.

    Integers keep their axis. Slices have step 1.

    Raises
    ------
    zarr.errors.BoundsCheckError
        A block is outside the chunk grid.
    IndexError
        Too many indices, a step, or an index that is neither integer nor slice.

    Examples
    --------
    >>> lower_block((1, slice(1, None)), (7, 5), [[0, 3, 6], [0, 2, 4]])
    Box(axes=((3, 1, 3), (2, 1, 3)), shape=(3, 3))
    """
    items = expand(_as_tuple(selection), len(shape))
    slices = [
        _block_slice(item, length, starts)
        for item, length, starts in zip(items, shape, grids, strict=True)
    ]
    lowered = lower_basic(tuple(slices), shape)
    assert isinstance(lowered, Box)  # noqa: S101  # the slices have step 1
    return lowered


def _block_slice(item: object, length: int, starts: Sequence[int]) -> slice:
    if isinstance(item, slice):
        if item.step not in (None, 1):
            raise IndexError(f"a block selection has slices with step 1 only, not {item}")
        start, stop, _ = item.indices(len(starts))
        if start >= len(starts) or (item.start is not None and item.start < -len(starts)):
            raise BoundsCheckError(f"the blocks {item} are outside the {len(starts)} of the axis")
        return slice(_edge(starts, start, length), _edge(starts, max(start, stop), length))
    block = position_of(item, len(starts))
    return slice(starts[block], _edge(starts, block + 1, length))


def _edge(starts: Sequence[int], block: int, length: int) -> int:
    # Do not list all starts: the chunks of a regular grid may be too many for memory.
    return starts[block] if block < len(starts) else length


def _as_tuple(selection: Any) -> tuple[Any, ...]:
    return selection if isinstance(selection, tuple) else (selection,)


def _is_list(item: object) -> bool:
    return isinstance(item, (list, np.ndarray))


def _is_empty_list(item: object) -> bool:
    return isinstance(item, list) and not item


def _axis_positions(item: Any, length: int) -> Positions:
    array = np.asarray(item)
    if array.ndim != 1:
        raise IndexError(f"an orthogonal selection has lists of rank 1, not of rank {array.ndim}")
    if array.dtype != bool:
        return _positions(item, length)
    if array.size != length:
        raise IndexError(f"a mask of an axis of length {length} has that length, not {array.size}")
    return np.nonzero(array)[0].astype(np.int64, copy=False)


def _positions(item: Any, length: int) -> Positions:
    # NumPy accepts an empty list, but no other empty sequence, as an index of no positions.
    array: npt.NDArray[Any] = np.asarray(item, np.int64 if _is_empty_list(item) else None)
    if array.dtype.kind not in "iu":
        raise IndexError(f"{item!r} does not hold integers; use positions on the axis")
    # As unsigned numbers, negative positions are large: one pass, without a copy.
    if array.dtype != np.int64 or not _is_below(array.view(np.uint64), length):
        array = _from_start(array, length)
    return array


def _is_below(positions: npt.NDArray[np.uint64], length: int) -> bool:
    return not positions.size or int(positions.max()) < length


def _from_start(array: npt.NDArray[Any], length: int) -> Positions:
    """Positions of any integer type, counted from the start of the axis."""
    low, high = (int(array.min()), int(array.max())) if array.size else (0, -1)
    if low < -length or high >= length:
        wrong = low if low < -length else high
        raise BoundsCheckError(f"index {wrong} is outside the axis of length {length}")
    positions = array.astype(np.int64, copy=False)
    return np.where(positions < 0, positions + length, positions) if low < 0 else positions
