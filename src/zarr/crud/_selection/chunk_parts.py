"""The chunks that a selection touches, and the part of each, axis by axis. Pure."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._selection.basic import Points
from zarr.crud._selection.chunk_groups import by_chunk, covers, grouped, numbered
from zarr.crud._selection.ranges import Ranges, positions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from zarr.crud._selection.basic import Axis, Positions, Selection
    from zarr.crud._selection.chunk_grid import ChunkAxis, ChunkGrid

    type Index = tuple[slice | npt.NDArray[Any], ...]


MOST_LISTED: Final = 4096
"""The most parts of an axis that are listed; more of them are computed again for each use."""


class AxisPart(NamedTuple):
    """The part of one chunk that a selection takes along one axis."""

    chunk: int
    chunk_slice: slice
    """An ascending run of positions within the chunk that includes all those taken."""
    out: slice | Positions
    """Their positions in the result, which has an axis of length 1 for a dropped axis."""
    covered: bool
    """Whether each position of the chunk that lies inside the array is taken exactly once."""
    pick: Positions | None = None
    """The positions of the run that are taken, in the order of `out`; `None` for all."""


class ChunkPart(NamedTuple):
    """The part of one chunk that a selection takes: a box, or some elements of a box."""

    chunk: tuple[int, ...]
    chunk_selection: tuple[slice, ...]
    out_selection: Index
    covered: bool
    pick: Index | None = None
    """The elements of the box, which has at least one axis, in the order of `out_selection`."""


def first_chunk(selection: Selection, grid: ChunkGrid) -> tuple[int, ...]:
    """Return one chunk that the selection touches; it must select at least one element."""
    return tuple(
        axis.chunk_of(_first(taken)) for taken, axis in zip(selection.axes, grid.axes, strict=True)
    )


def _first(taken: Axis) -> int:
    if isinstance(taken, Ranges):
        return taken.first
    return taken if isinstance(taken, int) else int(taken[0])


def chunk_parts(selection: Selection, grid: ChunkGrid) -> Iterator[ChunkPart]:
    """Yield the part of each chunk that the selection touches, each chunk once."""
    if isinstance(selection, Points):
        yield from _point_parts(selection, grid)
        return
    for parts in _product(list(map(_few_or_repeated, selection.axes, grid.axes))):
        chunk = tuple(part.chunk for part in parts)
        box = tuple(part.chunk_slice for part in parts)
        out = tuple(part.out for part in parts)
        covered = all(part.covered for part in parts)
        if all(part.pick is None for part in parts):
            yield ChunkPart(chunk, box, out, covered)
        else:
            pick = [_taken(part) for part in parts]
            where = [_spelled_out(part.out) for part in parts]
            yield ChunkPart(chunk, box, np.ix_(*where), covered, np.ix_(*pick))


def axis_parts(taken: Axis, axis: ChunkAxis) -> Iterator[AxisPart]:
    """Yield what a selection takes along one axis from each chunk along it.

    Examples
    --------
    >>> from zarr.crud._selection.chunk_grid import UniformAxis
    >>> for part in axis_parts((1, 2, 3), UniformAxis(7, 3)):
    ...     print(part.chunk, part.chunk_slice, part.out, part.covered)
    0 slice(1, 2, 2) slice(0, 1, 1) False
    1 slice(0, 3, 2) slice(1, 3, 1) False
    """
    if isinstance(taken, np.ndarray):
        yield from _list_parts(taken, axis)
        return
    if isinstance(taken, Ranges):
        yield from _range_parts(taken, axis)
        return
    start, step, count = (taken, 1, 1) if isinstance(taken, int) else taken
    if count == 0:
        return
    flipped = step < 0
    if flipped:
        start, step = start + step * (count - 1), -step
    end = 0
    # From one touched chunk to the next: a wide step passes over any number of others.
    while end < count:
        first = end
        position = start + first * step
        index = axis.chunk_of(position)
        origin, size = axis.starts[index], axis.size(index)
        end = min(count, -(-(origin + size - start) // step))
        inside, number = position - origin, end - first
        yield AxisPart(
            index,
            slice(inside, inside + (number - 1) * step + 1, step),
            _reversed(first, end, count) if flipped else slice(first, end, 1),
            number == min(size, axis.length - origin),
        )


class _Repeated(NamedTuple):
    """The parts of an axis, computed again for each use: they may be too many for memory."""

    taken: Axis
    axis: ChunkAxis

    def parts(self) -> Iterator[AxisPart]:
        return axis_parts(self.taken, self.axis)


def _few_or_repeated(taken: Axis, axis: ChunkAxis) -> list[AxisPart] | _Repeated:
    parts = axis_parts(taken, axis)
    if isinstance(taken, np.ndarray):
        return list(parts)
    few = list(islice(parts, MOST_LISTED + 1))
    return few if len(few) <= MOST_LISTED else _Repeated(taken, axis)


def _product(axes: Sequence[list[AxisPart] | _Repeated]) -> Iterator[tuple[AxisPart, ...]]:
    """Yield the outer product, which `itertools.product` would not begin before all is listed."""
    listed = [axis for axis in axes if isinstance(axis, list)]
    if len(listed) == len(axes):
        yield from product(*listed)
        return
    first = axes[0]
    for part in first if isinstance(first, list) else first.parts():
        for others in _product(axes[1:]):
            yield (part, *others)


def _reversed(first: int, end: int, count: int) -> slice:
    stop = count - 1 - end
    return slice(count - 1 - first, stop if stop >= 0 else None, -1)


def _list_parts(positions: Positions, axis: ChunkAxis) -> Iterator[AxisPart]:
    for index, out in by_chunk(positions, axis):
        origin = axis.starts[index]
        inside = positions[out] - origin
        low, high = int(inside.min()), int(inside.max())
        inner = min(axis.size(index), axis.length - origin)
        covered = covers((inside,), (inner,))
        yield AxisPart(
            index, slice(low, high + 1, 1), out, covered, inside - low if low else inside
        )


def _range_parts(ranges: Ranges, axis: ChunkAxis) -> Iterator[AxisPart]:
    starts, stops = ranges.starts, ranges.stops
    places = np.cumsum(stops - starts) - (stops - starts)
    order = np.argsort(starts, kind="stable")
    order = order[stops[order] > starts[order]]
    sorted_starts = starts[order]
    # The ranges that reach into a chunk: those of the chunk before that go on, and new ones.
    inside, begun, end = np.empty(0, np.intp), 0, 0
    while inside.size or begun < order.size:
        index = axis.chunk_of(end if inside.size else int(sorted_starts[begun]))
        origin = axis.starts[index]
        end = min(origin + axis.size(index), axis.length)
        more = int(np.searchsorted(sorted_starts, end))
        inside = np.sort(np.append(inside, order[begun:more]))
        begun = more
        low, high = np.maximum(starts[inside], origin), np.minimum(stops[inside], end)
        first, lengths = places[inside] + low - starts[inside], high - low
        yield _ranges_in_chunk(index, low - origin, lengths, first, end - origin)
        inside = inside[stops[inside] > end]


def _ranges_in_chunk(
    index: int, low: Positions, lengths: Positions, first: Positions, extent: int
) -> AxisPart:
    if low.size == 1:
        start, at, number = int(low[0]), int(first[0]), int(lengths[0])
        box = slice(start, start + number, 1)
        return AxisPart(index, box, slice(at, at + number, 1), number == extent)
    positions, start = positions_of(low, lengths), int(low.min())
    box = slice(start, int((low + lengths).max()), 1)
    out = positions_of(first, lengths)
    covered = covers((positions,), (extent,))
    return AxisPart(index, box, out, covered, positions - start if start else positions)


def _point_parts(points: Points, grid: ChunkGrid) -> Iterator[ChunkPart]:
    # The result is treated as a list of points; an array of rank 0 has one chunk, `()`.
    if not points.axes:
        if points.shape[0]:
            same = np.zeros(points.shape[0], dtype=np.intp)
            yield ChunkPart((), (), (slice(0, same.size, 1),), covered=True, pick=(same,))
        return
    for out in _point_groups(points, grid):
        first = out.start if isinstance(out, slice) else out[0]
        pairs = zip(points.axes, grid.axes, strict=True)
        chunk = tuple(axis.chunk_of(int(positions[first])) for positions, axis in pairs)
        box: list[slice] = []
        inner: list[int] = []
        inside: list[Positions] = []
        pick: list[Positions] = []
        for positions, axis, at in zip(points.axes, grid.axes, chunk, strict=True):
            origin = axis.starts[at]
            places = positions[out] - origin
            low, high = int(places.min()), int(places.max())
            box.append(slice(low, high + 1, 1))
            inner.append(min(axis.size(at), axis.length - origin))
            inside.append(places)
            pick.append(places - low if low else places)
        covered = covers(tuple(inside), tuple(inner))
        yield ChunkPart(chunk, tuple(box), (out,), covered, pick=tuple(pick))


def _point_groups(points: Points, grid: ChunkGrid) -> Iterator[slice | Positions]:
    if len(points.axes) == 1:
        groups = by_chunk(points.axes[0], grid.axes[0])
    else:
        pairs = zip(points.axes, grid.axes, strict=True)
        chunks = [axis.chunks_of(positions) for positions, axis in pairs]
        groups = grouped(numbered(chunks, grid.shape))
    return (places for _, places in groups)


def _taken(part: AxisPart) -> npt.NDArray[Any]:
    if part.pick is not None:
        return part.pick
    run = part.chunk_slice
    return np.arange(len(range(run.start, run.stop, run.step)))


def _spelled_out(out: slice | Positions) -> npt.NDArray[Any]:
    if not isinstance(out, slice):
        return out
    stop = -1 if out.stop is None else out.stop
    return np.arange(out.start, stop, out.step)
