"""A selection, divided into regions that are read one after the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from operator import index as as_int
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from zarr.crud._arguments import is_word, shown, wrong_word
from zarr.crud._selection.basic import Box, lower_basic
from zarr.crud._selection.chunk_grid import UniformAxis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from zarr.crud._selection.basic import Selection
    from zarr.crud._selection.chunk_grid import ChunkAxis, ChunkGrid

type By = Literal["chunk", "shard"] | Sequence[int]
"""What a stream divides a selection into."""

type Region = tuple[slice, ...]
type Span = tuple[int, int]
"""The first position on an axis, and the one after the last."""


type BasicAxis = int | tuple[int, int, int]


class Cells(Protocol):
    """The parts of an axis."""

    def within(self, start: int, stop: int) -> Iterator[Span]:
        """Yield the parts of a span."""


class ChunkCells(NamedTuple):
    """The chunks of an axis."""

    axis: ChunkAxis

    def within(self, start: int, stop: int) -> Iterator[Span]:
        """Yield the part of each chunk in a span."""
        axis = self.axis
        chunk = axis.chunk_of(start)
        while start < stop:
            end = min(axis.starts[chunk] + axis.size(chunk), stop)
            yield start, end
            start, chunk = end, chunk + 1


class EvenCells(NamedTuple):
    """Parts of one extent, counted from the start of the span."""

    extent: int

    def within(self, start: int, stop: int) -> Iterator[Span]:
        """Yield the parts; the last one may be shorter."""
        for begin in range(start, stop, self.extent):
            yield begin, min(begin + self.extent, stop)


type Level = tuple[Cells, ...]


def bounds_of(selection: Any, shape: tuple[int, ...]) -> tuple[Span, ...]:
    """Return what a basic selection without steps takes of each axis; an integer keeps its axis.

    Raises
    ------
    IndexError
        The selection does not fit the rank, or has a step.
    zarr.errors.BoundsCheckError
        An integer is outside its axis.

    Examples
    --------
    >>> bounds_of((slice(2, 90), -1), (7, 5))
    ((2, 7), (4, 5))
    """
    bounds: list[Span] = []
    for place, axis in enumerate(_axes(lower_basic(selection, shape))):
        start, step, count = (axis, 1, 1) if isinstance(axis, int) else axis
        if step != 1:
            raise IndexError(
                f"the selection has the step {step} on axis {place}; select without steps, and "
                "take a part of each region that is read"
            )
        bounds.append((start, start + count))
    return tuple(bounds)


def levels_of(by: By, grid: ChunkGrid, shape: tuple[int, ...], subchunk: Any) -> list[Level]:
    """Return how a selection is divided: into shards, and these into subchunks, for example.

    Raises
    ------
    TypeError, ValueError
        `by` is neither of the words nor a shape for the array's axes.
    """
    chunks: Level = tuple(map(ChunkCells, grid.axes))
    if is_word(by, ("chunk", "shard")):
        if by == "shard" or subchunk is None:
            return [chunks]
        axes = (UniformAxis(n, c) for n, c in zip(shape, subchunk, strict=True))
        return [chunks, tuple(map(ChunkCells, axes))]
    return [tuple(map(EvenCells, _extents(by, len(shape))))]


def _extents(by: Any, rank: int) -> list[int]:
    if isinstance(by, str) or not isinstance(by, (Sequence, np.ndarray)):
        error = wrong_word("by", by, ("chunk", "shard"))
        raise type(error)(f"{error}, or the shape of a region")
    try:
        extents = [-1 if isinstance(extent, (bool, np.bool_)) else as_int(extent) for extent in by]
    except TypeError:
        extents = [-1]
    if len(extents) != rank or any(extent < 1 for extent in extents):
        raise ValueError(f"by is {shown(by)}; use {rank} extents, one for each axis, from 1 on")
    return extents


def boxes(bounds: Sequence[Span], levels: Sequence[Level]) -> Iterator[tuple[Span, ...]]:
    """Yield the parts of a box in C order, level by level; none if the box is empty.

    Nothing is listed in advance, because a grid may have any number of chunks.

    Examples
    --------
    >>> list(boxes([(1, 6)], [(EvenCells(4),), (EvenCells(3),)]))
    [((1, 4),), ((4, 5),), ((5, 6),)]
    """
    if any(start >= stop for start, stop in bounds):
        return
    first, *rest = levels
    for box in _parts(bounds, first, ()):
        if rest:
            yield from boxes(box, rest)
        else:
            yield box


def _parts(
    bounds: Sequence[Span], level: Level, done: tuple[Span, ...]
) -> Iterator[tuple[Span, ...]]:
    place = len(done)
    if place == len(bounds):
        yield done
        return
    is_last = place + 1 == len(bounds)
    for span in level[place].within(*bounds[place]):
        if is_last:
            yield (*done, span)
        else:
            yield from _parts(bounds, level, (*done, span))


def box_of(spans: Iterable[Span]) -> Box:
    """Return the lowered selection of a region."""
    axes = tuple((start, 1, stop - start) for start, stop in spans)
    return Box(axes, tuple(count for _, _, count in axes))


def region_of(box: Box) -> Region:
    """Return the slices of a box that has all axes."""
    return tuple(slice(axis[0], axis[0] + axis[2]) for axis in box.axes if isinstance(axis, tuple))


def touched(axes: Sequence[ChunkAxis], selection: Selection) -> list[tuple[int, ...]]:
    """Return the chunks that a basic selection touches, and those that its steps leave out."""
    if 0 in selection.shape:
        return []
    ranges = []
    for axis, taken in zip(axes, _axes(selection), strict=True):
        first, last = sorted(_ends(taken))
        ranges.append(range(axis.chunk_of(first), axis.chunk_of(last) + 1))
    return list(product(*ranges))


def covers_chunks(axes: Sequence[ChunkAxis], selection: Selection) -> bool:
    """Return whether a basic selection has all of each chunk that it touches."""
    if 0 in selection.shape:
        return True
    for axis, taken in zip(axes, _axes(selection), strict=True):
        first, last = sorted(_ends(taken))
        chunk = axis.chunk_of(last)
        end = min(axis.starts[chunk] + axis.size(chunk), axis.length)
        if axis.starts[axis.chunk_of(first)] != first or last + 1 != end:
            return False
        if isinstance(taken, tuple) and abs(taken[1]) != 1:
            return False
    return True


def _axes(selection: Selection) -> list[BasicAxis]:
    # Lists and ranges are not basic.
    return [axis for axis in selection.axes if isinstance(axis, (int, tuple))]


def _ends(taken: BasicAxis) -> Span:
    if isinstance(taken, tuple):
        start, step, count = taken
        return start, start + step * (count - 1)
    return taken, taken


def shown_selection(selection: Selection) -> str:
    """Return a basic selection as text, as in an index.

    Examples
    --------
    >>> shown_selection(lower_basic((slice(0, 3), 4), (7, 5)))
    '[0:3, 4]'
    """
    return f"[{', '.join(map(_shown_axis, _axes(selection))) or '()'}]"


def _shown_axis(taken: BasicAxis) -> str:
    if isinstance(taken, tuple):
        start, step, count = taken
        if step == 1:
            return f"{start}:{start + count}"
        return f"{start}:{start + step * count if start + step * count >= 0 else ''}:{step}"
    return str(taken)
