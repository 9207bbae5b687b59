"""What a batch writes of a chunk that it holds in part: one selection, if the backend takes it."""

from __future__ import annotations

from itertools import groupby
from math import prod
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.crud._selection.basic import Box, Outer, Points
from zarr.crud.backends.requests import RegionWrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from zarr.crud._batched.held import HeldChunk
    from zarr.crud._selection.basic import Selection

    type Mask = npt.NDArray[np.bool_]
    type Piece = tuple[Selection, npt.NDArray[Any]]


def store(chunk: HeldChunk) -> None:
    """Write what a chunk holds through its backend: replaced without a read if nothing is missing.

    The chunk does not change meanwhile.
    """
    document, location, backend, options = chunk.settings
    if chunk.is_whole:
        backend.write_chunk(document, location, chunk.index, chunk.elements, options=options)
        return
    pieces = list(pieces_of(chunk))
    if len(pieces) == 1:
        selection, values = pieces[0]
        backend.write_region(document, location, selection, values, options=options)
    elif pieces:
        writes = [
            RegionWrite(number, document, location, selection, values)
            for number, (selection, values) in enumerate(pieces)
        ]
        backend.write_regions(writes, options=options)


def pieces_of(chunk: HeldChunk) -> Iterator[Piece]:
    """Yield selections of the array, with their values, that together are what was written.

    One box, or one outer product or list of points; several boxes only if the backend refuses
    these.
    """
    axes = zip(chunk.settings.document.chunk_grid.axes, chunk.index, strict=True)
    origin = tuple(axis.starts[at] for axis, at in axes)
    inside = tuple(map(slice, chunk.inside))
    if chunk.mask is None:
        yield _box(origin, inside, chunk.elements)
        return
    if not chunk.count:
        return
    mask = chunk.mask[inside]
    rank = range(mask.ndim)
    taken = [
        np.flatnonzero(mask.any(axis=tuple(other for other in rank if other != axis)))
        for axis in rank
    ]
    bounds = tuple(slice(int(places[0]), int(places[-1]) + 1) for places in taken)
    if prod(bound.stop - bound.start for bound in bounds) == chunk.count:
        yield _box(origin, bounds, chunk.elements)
        return
    scattered = _scattered(chunk, origin, taken, mask)
    document, location, backend, options = chunk.settings
    if backend.supports(document, location, "write_region", scattered[0], options) is None:
        yield scattered
        return
    for bounds in _boxes(mask):
        yield _box(origin, bounds, chunk.elements)


def _scattered(
    chunk: HeldChunk, origin: tuple[int, ...], taken: list[npt.NDArray[Any]], mask: Mask
) -> Piece:
    """Elements that are not one box, as an outer product if they are one, else as points."""
    if prod(places.size for places in taken) == chunk.count:
        axes = tuple(places + start for places, start in zip(taken, origin, strict=True))
        shape = tuple(places.size for places in taken)
        return Outer(axes, shape), chunk.elements[np.ix_(*taken)]
    marked = np.nonzero(mask)
    points = tuple(places + start for places, start in zip(marked, origin, strict=True))
    return Points(points, (chunk.count,)), chunk.elements[marked]


def _box(origin: tuple[int, ...], bounds: tuple[slice, ...], elements: npt.NDArray[Any]) -> Piece:
    starts = zip(origin, bounds, strict=True)
    shape = tuple(bound.stop - (bound.start or 0) for bound in bounds)
    axes = tuple(
        (start + (bound.start or 0), 1, length)
        for (start, bound), length in zip(starts, shape, strict=True)
    )
    place: Any = (*bounds, ...)
    return Box(axes, shape), elements[place]


def _boxes(mask: Mask) -> Iterator[tuple[slice, ...]]:
    """Yield boxes without common elements that together are all that is marked."""
    first = 0
    rows = [(row.tobytes(), row) for row in mask]
    for _, run in groupby(rows, key=itemgetter(0)):
        alike = [row for _, row in run]
        along = slice(first, first + len(alike))
        first = along.stop
        if mask.ndim == 1:
            if alike[0]:
                yield (along,)
            continue
        for rest in _boxes(alike[0]) if alike[0].any() else ():
            yield (along, *rest)
