"""Reads by an indexer of another package, which lists the parts of chunks that it wants.

Loaders of training data pass such indexers to `AsyncArray._get_selection`: many slices of the first
axis, one after the other. Zarr-python has no public selection that means this.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from zarr._engine.calls.joined import is_joined, lowered_slices
from zarr._engine.calls.methods import UNSERVED, Served, read_planned
from zarr._engine.calls.prepare import choice_of, lowered_call
from zarr._engine.calls.results import elements
from zarr.crud._selection.basic import Outer
from zarr.crud._selection.chunk_grid import UniformAxis
from zarr.crud._selection.ranges import Ranges, lower_ranges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr._engine.calls.prepare import AnyArray
    from zarr._engine.calls.results import Target
    from zarr.core.buffer import BufferPrototype, NDBuffer
    from zarr.core.indexing import Fields
    from zarr.crud._document.document import Document
    from zarr.crud._selection.basic import Positions
    from zarr.crud._selection.chunk_grid import ChunkAxis


def read_projected(
    array: AnyArray,
    indexer: Any,
    out: NDBuffer | None,
    prototype: BufferPrototype | None,
    fields: Fields | None,
) -> Served:
    """Read what an indexer lists, by one call of a backend, in the calling thread.

    `UNSERVED` if that cannot be said by ranges of the first axis and slices of the others.
    """
    planned = plan_projected(array, indexer, out, prototype, fields)
    return UNSERVED if planned is None else read_planned(planned, "orthogonal")


def plan_projected(
    array: AnyArray,
    indexer: Any,
    out: NDBuffer | None,
    prototype: BufferPrototype | None,
    fields: Fields | None,
) -> Target | None:
    """Return the read of what an indexer lists; `None` as for `read_projected`."""
    choice = choice_of(array)
    if not choice.is_open("read_region", prototype):
        return None
    lowered = lowered_indexer(choice.document, indexer)
    if lowered is None:
        return None
    call = lowered_call(array, choice, "read_region", lowered)
    return None if call is None else elements(call, out, fields)


def lowered_indexer(document: Document, indexer: Any) -> Outer | None:
    """Lower an indexer of another package; `None` if it is of another form than ranges.

    A known class is not listed, which takes longer than most reads: it joins slices. The first time
    it is, and the lists must agree.
    """
    kind = type(indexer)
    lowered = lowered_slices(document, indexer) if is_joined(kind) else None
    agrees = _AGREES.get(kind)
    if lowered is not None and agrees:
        return lowered
    listed = lowered_projections(document, indexer)
    if lowered is not None and agrees is None and isinstance(lowered.axes[0], Ranges):
        # Of a single range, nothing is learned about the order of several.
        _AGREES[kind] = listed == lowered
    return listed


_AGREES: WeakKeyDictionary[type, bool] = WeakKeyDictionary()
"""Whether a class of indexers is one that joins slices, by class."""


class _Pieces(NamedTuple):
    """What all projections take along one axis: positions, their number, and their places."""

    start: Positions
    number: Positions
    place: Positions


def lowered_projections(document: Document, indexer: Any) -> Outer | None:
    """Lower the chunk projections of an indexer; `None` if they are of another form.

    The form is that of slices of the first axis, one after the other, all with the same slices of
    the other axes: each element of the result exactly once.
    """
    shape, axes = indexer.shape, document.chunk_grid.axes
    if not axes or len(shape) != len(axes) or indexer.drop_axes or 0 in shape:
        return None
    if iter(indexer) is indexer:
        # It can be listed once only, and upstream's path would find nothing.
        return None
    projections: list[Any] = list(indexer)
    try:
        pieces = [_along(projections, number, axis) for number, axis in enumerate(axes)]
    except (AttributeError, IndexError, TypeError, ValueError, OverflowError):
        # Not slices of chunks of this array.
        return None
    if any(piece is None for piece in pieces):
        return None
    first, *others = (piece for piece in pieces if piece is not None)
    # Each range of the first axis is listed once for each combination of the others' chunks.
    repeats = _leading(first.place)
    if first.place.size % repeats or not _is_repeated(first, repeats):
        return None
    rest = _boxes(others, repeats, shape[1:])
    chunks = {tuple(projection[0][1:]) for projection in projections[:repeats]}
    if rest is None or len(chunks) != repeats:
        return None
    start, number, place = first
    ranges = _in_order(start[::repeats], number[::repeats], place[::repeats], shape[0])
    if ranges is None:
        return None
    axis, _ = lower_ranges(ranges, axes[0].length)
    return Outer((axis, *rest), tuple(shape))


def _along(projections: Sequence[Any], number: int, axis: ChunkAxis) -> _Pieces | None:
    """Gather what projections take along an axis; `None` if a step or a place is another's."""
    count = len(projections)
    taken = [projection[1][number] for projection in projections]
    where = [projection[2][number] for projection in projections]
    if not {one.step for one in (*taken, *where)} <= {None, 1}:
        return None
    chunks = np.fromiter((projection[0][number] for projection in projections), np.int64, count)
    start = np.fromiter((one.start for one in taken), np.int64, count)
    stop = np.fromiter((one.stop for one in taken), np.int64, count)
    place = np.fromiter((one.start for one in where), np.int64, count)
    end = np.fromiter((one.stop for one in where), np.int64, count)
    if not count or chunks.min() < 0 or chunks.max() >= len(axis.starts):
        return None
    if isinstance(axis, UniformAxis):
        origin, size = chunks * axis.largest, np.full(count, axis.largest)
    else:
        origin = np.asarray(axis.starts, np.int64)[chunks]
        size = np.fromiter(map(axis.size, chunks.tolist()), np.int64, count)
    fits = (start >= 0) & (start < stop) & (stop <= size) & (origin + stop <= axis.length)
    if not fits.all() or not np.array_equal(end - place, stop - start):
        return None
    return _Pieces(origin + start, stop - start, place)


def _leading(values: Positions) -> int:
    """The number of values at the start that are equal."""
    other = np.flatnonzero(values != values[0])
    return int(other[0]) if other.size else values.size


def _is_repeated(pieces: _Pieces, repeats: int) -> bool:
    rows = (values.reshape(-1, repeats) for values in pieces)
    return all(bool((row == row[:, :1]).all()) for row in rows)


def _boxes(
    others: Sequence[_Pieces], repeats: int, shape: tuple[int, ...]
) -> list[tuple[int, int, int]] | None:
    """The slices of the axes after the first, if all ranges have the same."""
    volume: Positions = np.ones(repeats, np.int64)
    boxes: list[tuple[int, int, int]] = []
    for pieces, length in zip(others, shape, strict=True):
        columns = [values.reshape(-1, repeats) for values in pieces]
        if not all((column == column[:1]).all() for column in columns):
            return None
        number, place = pieces.number[:repeats], pieces.place[:repeats]
        shift: Positions = pieces.start[:repeats] - place
        if (shift != shift[0]).any() or place.min() < 0 or (place + number).max() > length:
            return None
        volume = volume * number
        boxes.append((int(shift[0]), 1, length))
    # Parts of different chunks do not overlap, so together they are the whole.
    return boxes if int(volume.sum()) == prod(shape) else None


def _in_order(start: Positions, count: Positions, place: Positions, total: int) -> Ranges | None:
    """The ranges in the order of the result, if they are all of it, each element once."""
    if (place[1:] < place[:-1]).any():
        order = np.argsort(place)
        start, count, place = start[order], count[order], place[order]
    ends = np.cumsum(count)
    if ends[-1] != total or not np.array_equal(ends - count, place):
        return None
    return Ranges(start, start + count)
