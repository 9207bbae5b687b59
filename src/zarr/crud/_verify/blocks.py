"""What is decoded at a time: whole chunks, or parts of large shards. Pure."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Final

from zarr.crud._streams.pieces import EvenCells, box_of, boxes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zarr.crud._document.document import Document
    from zarr.crud._selection.basic import Box

LARGE: Final = 32 << 20
"""The most decoded bytes of a part of a shard, unless one subchunk has more."""

type Index = tuple[int, ...]


def blocks_of(document: Document, index: Index, subchunk: tuple[int, ...] | None) -> Iterator[Box]:
    """Yield the parts of a chunk that are decoded at a time, within the array's shape."""
    spans = span_of(document, index)
    shape = tuple(stop - start for start, stop in spans)
    nbytes = prod(shape) * document.dtype.itemsize
    if subchunk is None or nbytes <= LARGE:
        yield box_of(spans)
        return
    # As many subchunks as fit, of whole rows first.
    counts = [-(-n // c) for n, c in zip(shape, subchunk, strict=True)]
    for axis, count in enumerate(counts):
        nbytes = (
            prod(n * c for n, c in zip(counts, subchunk, strict=True)) * document.dtype.itemsize
        )
        counts[axis] = max(1, min(count, count * LARGE // max(nbytes, 1)))
    cells = tuple(EvenCells(n * c) for n, c in zip(counts, subchunk, strict=True))
    yield from map(box_of, boxes(spans, [cells]))


def runs_of(indices: Iterable[Index], most: int) -> Iterator[list[Index]]:
    """Group chunks in order into runs along the last axis, each of at most `most` chunks.

    Examples
    --------
    >>> list(runs_of([(0, 0), (0, 1), (0, 3), (1, 0), (1, 1), (1, 2)], 2))
    [[(0, 0), (0, 1)], [(0, 3)], [(1, 0), (1, 1)], [(1, 2)]]
    """
    run: list[Index] = []
    for index in indices:
        follows = run and index[:-1] == run[-1][:-1] and index[-1:] == (run[-1][-1] + 1,)
        if run and (not follows or len(run) == most):
            yield run
            run = []
        run.append(index)
    if run:
        yield run


def box_over(document: Document, run: Sequence[Index]) -> Box:
    """Return the part of the array in a run of chunks."""
    first, last = span_of(document, run[0]), span_of(document, run[-1])
    return box_of((start, stop) for (start, _), (_, stop) in zip(first, last, strict=True))


def span_of(document: Document, index: Index) -> list[tuple[int, int]]:
    """Return the part of the array in a chunk: where it starts and ends on each axis."""
    spans = []
    for axis, place in zip(document.chunk_grid.axes, index, strict=True):
        start = axis.starts[place]
        spans.append((start, min(start + axis.size(place), axis.length)))
    return spans


def subchunks_of(document: Document, index: Index, subchunk: tuple[int, ...]) -> Iterator[Box]:
    """Yield the subchunks of a shard, within the array's shape."""
    cells = tuple(EvenCells(size) for size in subchunk)
    yield from map(box_of, boxes(span_of(document, index), [cells]))


def places_in(shape: tuple[int, ...]) -> Iterator[Index]:
    """Yield the places of a grid in order, without the lists that `itertools.product` makes.

    Examples
    --------
    >>> list(places_in((2, 2)))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    if not shape:
        yield ()
        return
    length, *rest = shape
    if not rest:
        yield from ((place,) for place in range(length))
        return
    for place in range(length):
        yield from ((place, *others) for others in places_in(tuple(rest)))
