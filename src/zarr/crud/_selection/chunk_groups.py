"""Positions grouped by the chunks that hold them. Pure."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zarr.crud._selection.basic import Positions
    from zarr.crud._selection.chunk_grid import ChunkAxis

# NumPy sorts integers of 16 bits by counting, in linear time.
FEW = 1 << 16

# Numbers are sorted one by one if this many of them follow another number.
RUN = 4


def by_chunk(positions: Positions, axis: ChunkAxis) -> Iterator[tuple[int, slice | Positions]]:
    """Yield each chunk of an axis with the places of its positions in a list, in ascending order.

    Examples
    --------
    >>> from zarr.crud._selection.chunk_grid import UniformAxis
    >>> list(by_chunk(np.array([0, 1, 4]), UniformAxis(7, 3)))
    [(0, slice(0, 2, 1)), (1, slice(2, 3, 1))]
    """
    if positions.size and (positions[1:] >= positions[:-1]).all():
        first, last = axis.chunk_of(int(positions[0])), axis.chunk_of(int(positions[-1]))
        if last - first <= positions.size:
            edges = [axis.starts[chunk] for chunk in range(first + 1, last + 1)]
            ends = [*np.searchsorted(positions, np.array(edges, np.int64)).tolist(), positions.size]
            start = 0
            for chunk, stop in zip(range(first, last + 1), ends, strict=True):
                if stop > start:
                    yield chunk, slice(start, stop, 1)
                start = stop
            return
    yield from grouped(axis.chunks_of(positions))


def grouped(numbers: Positions) -> Iterator[tuple[int, slice | Positions]]:
    """Yield each number with its places in the list, in ascending order.

    Examples
    --------
    >>> for number, places in grouped(np.array([3, 3, 1, 3])):
    ...     print(number, places)
    1 [2]
    3 [0 1 3]
    """
    if not numbers.size:
        return
    # Runs of the same number are sorted as one: often there are few.
    starts = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
    if starts.size * RUN > numbers.size:
        order = _order(numbers)
        for places in _split(order, numbers[order]):
            yield int(numbers[places[0]]), places
        return
    starts = np.concatenate((np.zeros(1, starts.dtype), starts))
    stops = np.append(starts[1:], numbers.size)
    heads = numbers[starts]
    order = _order(heads)
    for runs in _split(order, heads[order]):
        pairs = list(zip(starts[runs].tolist(), stops[runs].tolist(), strict=True))
        if len(pairs) == 1:
            yield int(heads[runs[0]]), slice(*pairs[0], 1)
        else:
            places = np.concatenate([np.arange(start, stop) for start, stop in pairs])
            yield int(heads[runs[0]]), places


def _split(order: Positions, numbers: Positions) -> list[Positions]:
    """Divide the order of numbers, given in this order, where the number changes."""
    return np.split(order, np.flatnonzero(numbers[1:] != numbers[:-1]) + 1)


def _order(numbers: Positions) -> Positions:
    """The places of the numbers, sorted by number and then by place."""
    low, high = int(numbers.min()), int(numbers.max())
    if high - low < FEW:
        return np.argsort((numbers - low).astype(np.uint16), kind="stable")
    return np.argsort(numbers, kind="stable")


def numbered(chunks: Sequence[Positions], shape: tuple[int, ...]) -> Positions:
    """Number the chunks of points, given by their numbers on each axis of a grid of `shape`.

    The numbers ascend in C order of the chunks. They fit 64 bits: where those of the grid do not,
    only the chunks that occur are numbered.

    Examples
    --------
    >>> numbered([np.array([0, 2]), np.array([4, 1])], (3, 5))
    array([ 4, 11])
    """
    huge = prod(shape) > np.iinfo(np.int64).max
    number = chunks[0]
    for numbers, count in zip(chunks[1:], shape[1:], strict=True):
        if huge:
            numbers = _ranks(numbers)
            number, count = _ranks(number), int(numbers.max(initial=0)) + 1
        number = number * count + numbers
    return number


def _ranks(numbers: Positions) -> Positions:
    return np.unique(numbers, return_inverse=True)[1].reshape(-1)


def covers(inside: tuple[Positions, ...], extents: tuple[int, ...]) -> bool:
    """Whether the positions, one list for each axis, are all of a box of these extents.

    Examples
    --------
    >>> covers((np.array([1, 0, 1]),), (2,))
    True
    """
    volume = prod(extents)
    if inside[0].size < volume:
        return False
    seen = np.zeros(extents, bool)
    seen[inside] = True
    return bool(seen.all())
