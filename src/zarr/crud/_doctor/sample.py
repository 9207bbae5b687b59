"""Which part of an array is read: whole chunks that are stored, up to a number of bytes."""

from __future__ import annotations

import math
from itertools import product
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.crud._document.lower import lower
from zarr.crud._document.shards import subchunk_shape
from zarr.crud._regions import read_region
from zarr.crud._selection.basic import Box as LoweredBox
from zarr.crud._stores.event_loop import on_loop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import Location

type Box = tuple[slice, ...]
type Index = tuple[int, ...]

READS: Final = 60
"""The reads of the sample for which there should be time."""

FEW, LITTLE = 16, 1 << 20
"""Chunks, and their bytes, that take hardly more time than one: fewer would save nothing."""

LOOKS: Final = 9
"""The most chunks that are looked for, each by one request."""


class Sample(NamedTuple):
    """A part of an array."""

    box: Box
    shape: tuple[int, ...]
    nbytes: int
    """Decoded."""
    chunks: int
    """Chunks (shards) that it touches."""
    is_stored: bool
    """Whether one of these was found."""


def sample_of(document: Document, location: Location, most: int) -> Sample | None:
    """Return a part of at most `most` bytes around a stored chunk; `None` if a unit is larger.

    A unit is a chunk, or, in a sharded array, a subchunk. Arrays without elements have none.
    """
    unit = unit_of(document)
    itemsize = max(1, document.dtype.itemsize)
    if 0 in document.shape or math.prod(unit) * itemsize > most:
        return None
    centre, is_stored = _stored_chunk(document, location)
    extents = _grown(document.shape, unit, most // itemsize)
    box = tuple(
        _around(at, extent, step, length)
        for at, extent, step, length in zip(centre, extents, unit, document.shape, strict=True)
    )
    return of_box(document, box, is_stored=is_stored)


def of_box(document: Document, box: Box, *, is_stored: bool = True) -> Sample:
    """Return the part that a box of plain slices is."""
    shape = tuple(part.stop - part.start for part in box)
    nbytes = math.prod(shape) * document.dtype.itemsize
    chunks = math.prod(map(len, _ranges(document, box)))
    return Sample(box, shape, nbytes, chunks, is_stored)


def of_selection(document: Document, selection: Any, most: int) -> Sample:
    """Return the part that a selection is.

    Raises
    ------
    IndexError
        It does not fit the array, or has steps.
    ValueError
        It has no elements, or more than `most` bytes.
    """
    lowered = lower(document, selection, "basic")
    if not isinstance(lowered, LoweredBox):
        raise IndexError("the selection has steps; use integers, and slices without steps")
    runs = ((axis, 1, 1) if isinstance(axis, int) else axis for axis in lowered.axes)
    found = of_box(document, tuple(slice(start, start + length) for start, _, length in runs))
    if not 0 < found.nbytes <= most:
        raise ValueError(
            f"the selection has {found.nbytes:,} bytes; select 1 to {most:,}, or set max_bytes"
        )
    return found


def within(document: Document, location: Location, sample: Sample, seconds: float) -> Sample:
    """Return the sample, or a smaller one if reading it often would take too long.

    One unit is read to find out.
    """
    itemsize = max(1, document.dtype.itemsize)
    unit = math.prod(unit_of(document)) * itemsize
    if sample.chunks <= FEW and sample.nbytes <= LITTLE:
        return sample
    first = of_box(
        document,
        tuple(
            slice(part.start, min(part.stop, part.start + step))
            for part, step in zip(sample.box, unit_of(document), strict=True)
        ),
    )
    begin = perf_counter()
    read_region(document, location.store, first.box, path=location.path, detached=True)
    # Each of about six ways reads it several times, some of them slowly.
    most = int(first.nbytes * seconds / (perf_counter() - begin) / READS)
    smaller = sample if sample.nbytes <= most else sample_of(document, location, max(unit, most))
    return smaller or sample


def chunks_in(document: Document, box: Box) -> Iterator[Index]:
    """Yield the indices of the chunks (shards) that a box touches."""
    return product(*_ranges(document, box))


def unit_of(document: Document) -> tuple[int, ...]:
    """Return the shape of what is decoded at a time: a subchunk or a chunk, within the array."""
    unit = subchunk_shape(document.array) or document.chunk_grid.largest
    return tuple(max(1, min(pair)) for pair in zip(unit, document.shape, strict=True))


def _ranges(document: Document, box: Box) -> list[range]:
    return [
        range(axis.chunk_of(part.start), axis.chunk_of(part.stop - 1) + 1)
        for axis, part in zip(document.chunk_grid.axes, box, strict=True)
    ]


def _stored_chunk(document: Document, location: Location) -> tuple[tuple[int, ...], bool]:
    """Return the first element of a chunk that is stored, if one of a few is."""
    grid = document.chunk_grid
    shares = sorted({(n * 5 % LOOKS) / LOOKS + 1 / (2 * LOOKS) for n in range(LOOKS)})
    order = [0.5, *(share for share in shares if share != 0.5)]
    starts = [
        tuple(axis.starts[int(len(axis.starts) * share)] for axis in grid.axes) for share in order
    ]
    for start in dict.fromkeys(starts):
        index = tuple(axis.chunk_of(at) for axis, at in zip(grid.axes, start, strict=True))
        key = location.key(document.array.encode_chunk_key(index))
        if on_loop(location.store.exists(key)):
            return start, True
    return starts[0], False


def _grown(lengths: tuple[int, ...], unit: tuple[int, ...], most: int) -> tuple[int, ...]:
    """Return the extents of a part of at most `most` elements, in whole units, last axes first."""
    extents = list(unit)
    for axis in reversed(range(len(unit))):
        others = math.prod(extents) // extents[axis]
        room = most // max(1, others)
        extents[axis] = min(lengths[axis], max(unit[axis], room - room % unit[axis]))
    return tuple(extents)


def _around(at: int, extent: int, step: int, length: int) -> slice:
    """Return the part of an axis that holds a position, and begins with a unit."""
    first = max(0, min(at, length - extent))
    first -= first % step
    return slice(first, min(length, first + extent))
