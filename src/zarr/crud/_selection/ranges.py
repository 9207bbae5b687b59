"""Several ranges of one axis as one index of it. Pure: only NumPy and the length of the axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import numpy as np

from zarr.errors import BoundsCheckError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zarr.crud._selection.basic import Axis, Positions

MOST_STEPPED: Final = 1 << 26
"""The most positions of slices with a step in a list: each position is a range, of 16 bytes."""


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Ranges:
    """Ranges of one axis, one after the other: an index of the orthogonal dialect.

    The result has all positions of the first range, then those of the second, and so on, as
    ``numpy.concatenate`` of slices. Ranges may be in any order, overlap and be empty. If a write
    names a position several times, the last value is kept.

    Parameters
    ----------
    starts : array-like of int
        The first position of each range, counted from the start of the axis.
    stops : array-like of int
        The position after the last of each range, not below its start.

    Raises
    ------
    IndexError
        They are not integers of rank 1 and of one length, or a range begins below 0 or after its
        stop. A range that ends after the axis is an error of the call.

    Examples
    --------
    >>> import zarr
    >>> from zarr.crud import Ranges, read_region
    >>> array = zarr.create_array({}, shape=(9,), chunks=(4,), dtype="i4")
    >>> array[:] = range(9)
    >>> store, document = array.store, array.metadata
    >>> read_region(document, store, Ranges([6, 0], [9, 2]), kind="orthogonal")
    array([6, 7, 8, 0, 1], dtype=int32)
    """

    starts: Positions
    """Immutable."""
    stops: Positions
    """Immutable."""

    def __init__(self, starts: npt.ArrayLike, stops: npt.ArrayLike) -> None:
        starts, stops = _integers(starts, "starts"), _integers(stops, "stops")
        if starts.size != stops.size:
            raise IndexError(
                f"ranges have one stop for each start: {starts.size} starts, {stops.size} stops"
            )
        wrong = np.flatnonzero((starts < 0) | (starts > stops))
        if wrong.size:
            first = wrong[0]
            raise IndexError(
                f"the range from {starts[first]} to {stops[first]} is none: "
                "a range begins at 0 or later, and does not end before it begins"
            )
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "stops", stops)

    @property
    def size(self) -> int:
        """The number of positions."""
        lengths = self.stops - self.starts
        if lengths.size * int(lengths.max(initial=0)) < 2**63:
            return int(lengths.sum())
        return sum(lengths.tolist())

    @property
    def first(self) -> int:
        """The first position; there must be one."""
        return int(self.starts[np.argmax(self.stops > self.starts)])

    def __eq__(self, other: object) -> bool:
        """Whether the other ones are the same ranges in the same order."""
        if not isinstance(other, Ranges):
            return NotImplemented
        pairs = ((self.starts, other.starts), (self.stops, other.stops))
        return all(np.array_equal(one, two) for one, two in pairs)

    def __hash__(self) -> int:
        """Return a number that is the same for equal ranges."""
        return hash((self.starts.tobytes(), self.stops.tobytes()))


def _integers(given: Any, name: str) -> Positions:
    array: npt.NDArray[Any] = np.asarray(given)
    if array.ndim != 1:
        raise IndexError(f"the {name} of ranges have rank 1, not {array.ndim}")
    if array.dtype.kind not in "iu" and array.size:
        raise IndexError(f"the {name} of ranges are integers, not {array.dtype}")
    if array.dtype.kind == "u" and array.size and int(array.max()) >= 2**63:
        raise IndexError(f"the {name} of ranges are below 2**63, not {array.max()}")
    # The bytes cannot be made writable again.
    return np.frombuffer(array.astype(np.int64).tobytes(), np.int64)


def is_ranges(item: object) -> TypeGuard[Ranges | list[Any]]:
    """Return whether an index is `Ranges`, or a list of slices."""
    return isinstance(item, Ranges) or (
        isinstance(item, list) and bool(item) and isinstance(item[0], slice)
    )


def lower_ranges(item: Ranges | Sequence[Any], length: int) -> tuple[Axis, int]:
    """Lower ranges on an axis of a length to one axis of a selection, and its count.

    Ranges that continue each other become one, and a single one is an evenly spaced axis.

    Raises
    ------
    zarr.errors.BoundsCheckError
        A range ends after the axis.
    IndexError
        An item of the list is not a slice, or slices with a step have too many positions.

    Examples
    --------
    >>> lower_ranges([slice(0, 2), slice(-1, None), slice(1, 3)], 7)
    (Ranges(starts=array([0, 6, 1]), stops=array([2, 7, 3])), 5)
    >>> lower_ranges(Ranges([1, 3], [3, 4]), 7)
    ((1, 1, 3), 3)
    """
    if not isinstance(item, Ranges):
        if len(item) == 1:
            start, stop, step = item[0].indices(length)
            count = len(range(start, stop, step))
            return ((start, step, count) if count > 1 else (start, 1, 1) if count else _NONE), count
        item = _of_slices(item, length)
    elif item.stops.max(initial=0) > length:
        wrong = int(np.argmax(item.stops > length))
        raise BoundsCheckError(
            f"the range from {item.starts[wrong]} to {item.stops[wrong]} "
            f"is outside the axis of length {length}"
        )
    joined = _joined(item)
    if not joined.starts.size:
        return _NONE, 0
    if joined.starts.size == 1:
        count = joined.size
        return (int(joined.starts[0]), 1, count), count
    return joined, joined.size


_NONE: Final = (0, 1, 0)


def _of_slices(slices: Sequence[Any], length: int) -> Ranges:
    for item in slices:
        if not isinstance(item, slice):
            raise IndexError(f"a list of slices has no other index, not {item!r}")
    bounds = [item.indices(length) for item in slices]
    if all(step == 1 for _, _, step in bounds):
        starts = np.array([start for start, _, _ in bounds], np.int64)
        stops = np.array([stop for _, stop, _ in bounds], np.int64)
        return Ranges(starts, np.maximum(starts, stops))
    stepped = [range(*bound) for bound in bounds if bound[2] != 1]
    if sum(map(len, stepped)) > MOST_STEPPED:
        raise IndexError(
            f"slices with a step in a list have at most {MOST_STEPPED} positions; "
            "select them in several calls"
        )
    parts = [
        np.array([start], np.int64) if step == 1 else np.arange(start, stop, step, dtype=np.int64)
        for start, stop, step in bounds
    ]
    ends = [
        np.array([max(start, stop)], np.int64) if step == 1 else part + 1
        for (start, stop, step), part in zip(bounds, parts, strict=True)
    ]
    return Ranges(np.concatenate(parts), np.concatenate(ends))


def _joined(given: Ranges) -> Ranges:
    """Without empty ranges, and with one range for several that continue each other."""
    starts, stops = given.starts, given.stops
    filled = stops > starts
    if not filled.all():
        starts, stops = starts[filled], stops[filled]
    begins = np.append(True, starts[1:] != stops[:-1])[: starts.size]
    if begins.all():
        return given if starts is given.starts else Ranges(starts, stops)
    return Ranges(starts[begins], stops[np.append(begins[1:], True)])


def positions_of(starts: Positions, lengths: Positions) -> Positions:
    """Return the positions of ranges, spelled out.

    Examples
    --------
    >>> positions_of(np.array([6, 0]), np.array([1, 3]))
    array([6, 0, 1, 2])
    """
    ends = np.cumsum(lengths)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if ends.size else 0)
