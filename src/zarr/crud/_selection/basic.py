"""Selections, lowered to the forms that backends receive. Pure: only NumPy and the shape."""

from __future__ import annotations

from operator import index as as_int
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from zarr.errors import BoundsCheckError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import EllipsisType

    from zarr.crud._selection.ranges import Ranges

type Positions = npt.NDArray[np.int64]
"""Positions on an axis, each within its bounds, in any order and with repetitions."""

type Axis = int | tuple[int, int, int] | Positions | Ranges
"""One axis of a selection: a position, which drops the axis; (start, step, count); a list; or
several ranges."""

type Kind = Literal["basic", "orthogonal", "coordinate", "mask", "block"]
"""The dialects in which users select."""

type BasicIndex = int | np.integer | slice | EllipsisType
type BasicSelection = BasicIndex | tuple[BasicIndex, ...]


class Box(NamedTuple):
    """A contiguous block: on every axis one position, or a run with step 1."""

    axes: tuple[int | tuple[int, int, int], ...]
    shape: tuple[int, ...]
    """The shape of the result: the counts of the axes that are not dropped."""


class Outer(NamedTuple):
    """The outer product of one sequence of positions per axis; steps may be negative."""

    axes: tuple[Axis, ...]
    shape: tuple[int, ...]


class Points(NamedTuple):
    """Single elements, by one list of positions per axis, all of one length."""

    axes: tuple[Positions, ...]
    shape: tuple[int, ...]
    """The shape of the result, which has as many elements as there are points."""


type Selection = Box | Outer | Points

_new: Final[Callable[..., Selection]] = tuple.__new__


def lower_basic(selection: BasicSelection, shape: tuple[int, ...]) -> Selection:
    """Lower integers, slices and one `...` on an array of `shape`.

    Axes that the selection does not name are taken whole. Slices clip to the axis as in NumPy,
    steps may be negative, and an integer drops its axis.

    Raises
    ------
    zarr.errors.BoundsCheckError
        An integer is outside its axis.
    IndexError
        Too many indices, more than one `...`, or an index that is none of these.
    TypeError, ValueError
        A slice of something else than integers, or with a step of 0, as in NumPy.

    Examples
    --------
    >>> lower_basic((slice(3, 900, 7), 5), (1000, 8))
    Outer(axes=((3, 7, 129), 5), shape=(129,))
    >>> lower_basic(..., (7, 5))
    Box(axes=((0, 1, 7), (0, 1, 5)), shape=(7, 5))
    """
    items = selection if isinstance(selection, tuple) else (selection,)
    if len(items) != len(shape):
        items = expand(items, len(shape))
    axes: tuple[int | tuple[int, int, int], ...] = ()
    result_shape: tuple[int, ...] = ()
    contiguous = True
    # This runs at every read and write: one pass, the simplest indices first, few calls. Tuples
    # that grow cost less for a few axes than lists that are converted.
    for item, length in zip(items, shape):  # noqa: B905
        if type(item) is slice:
            start, stop, step = item.indices(length)
            if step == 1:
                count = stop - start
            else:
                count = len(range(start, stop, step))
                contiguous = contiguous and count <= 1
            if count <= 1:
                start, step, count = (start, 1, 1) if count == 1 else (0, 1, 0)
            axes += ((start, step, count),)
            result_shape += (count,)
        elif type(item) is int and 0 <= item < length:
            axes += (item,)
        elif item is Ellipsis:
            # It represents exactly one axis, or there are several.
            return lower_basic(expand(items, len(shape)), shape)
        else:
            axes += (position_of(item, length),)
    # Bypass the Python-level constructor of the named tuple.
    return _new(Box if contiguous else Outer, (axes, result_shape))


def expand[T](items: tuple[T, ...], rank: int) -> tuple[T | slice, ...]:
    """Return one index per axis; the ellipsis, or the end, is expanded to the unnamed axes."""
    at = [position for position, item in enumerate(items) if item is Ellipsis]
    if len(at) > 1:
        raise IndexError("a selection can have one ellipsis ('...') only")
    given = len(items) - len(at)
    if given > rank:
        raise IndexError(f"too many indices: the array has {rank} axes, not {given}")
    split = at[0] if at else len(items)
    missing = (slice(None),) * (rank - given)
    return items[:split] + missing + items[split + len(at) :]


def position_of(item: object, length: int) -> int:
    """Return the position that an integer selects on an axis; a negative one counts backwards."""
    if isinstance(item, bool) or not isinstance(item, (int, np.integer)):
        raise IndexError(
            f"{item!r} is not a basic index; use integers, slices and '...', or another `kind`"
        )
    position = as_int(item)
    if position < 0:
        position += length
    if not 0 <= position < length:
        raise BoundsCheckError(f"index {as_int(item)} is outside the axis of length {length}")
    return position
