"""Compares two arrays element by element, where either of them has stored chunks."""

from __future__ import annotations

from heapq import nsmallest
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._streams.groups import Entry
from zarr.crud._streams.pace import AHEAD, pace_of
from zarr.crud._streams.pieces import box_of, region_of
from zarr.crud._verify.at_once import outcomes
from zarr.crud._verify.blocks import span_of
from zarr.crud._verify.numbers import little
from zarr.crud.backends import many
from zarr.crud.backends.dispatch import checked_region
from zarr.crud.backends.requests import RegionRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Box
    from zarr.crud._stores.location import Location
    from zarr.crud._verify.ownership import Index
    from zarr.crud.backends.contract import CrudBackend

NAMED: Final = 10
"""The most positions that are told."""

LARGE: Final = 16 << 20
"""The most bytes of a block, if it has more than one element."""

type Position = tuple[int, ...]


class Side(NamedTuple):
    """One of two arrays of one shape and data type."""

    document: Document
    location: Location
    backend: CrudBackend
    stored: list[Index]


class Unequal(NamedTuple):
    """How many elements differ, and the first positions.

    Of those where neither array has a chunk, only the first one.
    """

    elements: int
    positions: list[Position]


def unequal(one: Side, other: Side, options: Options) -> Unequal:
    """Return which elements differ in at least one bit.

    Reads the blocks in which either array has a chunk; all other elements are fill values.
    """
    shape = one.document.shape
    block = _block(one.document, other.document)
    touched = sorted({place for side in (one, other) for place in _touched(side, block)})
    total = prod(-(-length // size) for length, size in zip(shape, block, strict=True))
    count, positions = 0, list[Position]()
    fills = (one.document.fill_element, other.document.fill_element)
    if len(touched) < total and differing(*fills).any():
        first = _first_untouched(shape, block, set(touched))
        positions.append(first)
        inside = sum(prod(_box(place, block, shape).shape) for place in touched)
        count += prod(shape) - inside

    def compared(boxes: list[Box]) -> Unequal:
        found = [_read(side, boxes, options) for side in (one, other)]
        found_count, found_positions = 0, list[Position]()
        for box, mine, theirs in zip(boxes, *found, strict=True):
            differs = differing(mine, theirs)
            found_count += int(np.count_nonzero(differs))
            starts = [place.start for place in region_of(box)]
            for place in np.argwhere(differs)[:NAMED].tolist():
                found_positions.append(tuple(a + b for a, b in zip(starts, place, strict=True)))
        return Unequal(found_count, found_positions)

    pace = pace_of(one.backend, one.document, one.location, options, block, AHEAD)
    groups = _groups(touched, block, one.document)
    for outcome in outcomes(pace, groups, compared):
        count += outcome.elements
        positions = nsmallest(NAMED, positions + outcome.positions)
    return Unequal(count, positions)


def _block(one: Document, other: Document) -> tuple[int, ...]:
    """The shape of a block: the larger chunk along each axis, as far as it is not too large."""
    pairs = zip(one.shape, one.chunk_grid.largest, other.chunk_grid.largest, strict=True)
    block = [max(1, min(length, max(sizes))) for length, *sizes in pairs]
    for axis, size in enumerate(block):
        nbytes = prod(block) * one.dtype.itemsize
        block[axis] = max(1, min(size, size * LARGE // max(nbytes, 1)))
    return tuple(block)


def _touched(side: Side, block: tuple[int, ...]) -> Iterator[Index]:
    for index in side.stored:
        spans = span_of(side.document, index)
        yield from product(
            *(
                range(start // size, -(-stop // size))
                for (start, stop), size in zip(spans, block, strict=True)
            )
        )


def _first_untouched(
    shape: tuple[int, ...], block: tuple[int, ...], touched: set[Index]
) -> Position:
    # At most one more is looked at than there are touched ones.
    place = [0] * len(shape)
    counts = [-(-length // size) for length, size in zip(shape, block, strict=True)]
    while tuple(place) in touched:
        for axis in reversed(range(len(place))):
            place[axis] += 1
            if place[axis] < counts[axis]:
                break
            place[axis] = 0
    return tuple(at * size for at, size in zip(place, block, strict=True))


def _box(place: Index, block: tuple[int, ...], shape: tuple[int, ...]) -> Box:
    return box_of(
        (at * size, min((at + 1) * size, length))
        for at, size, length in zip(place, block, shape, strict=True)
    )


def _groups(
    touched: list[Index], block: tuple[int, ...], document: Document
) -> Iterator[list[Entry[Box]]]:
    for place in touched:
        box = _box(place, block, document.shape)
        # Both arrays are held.
        yield [Entry(box, 2 * prod(box.shape) * document.dtype.itemsize, ())]


def _read(side: Side, boxes: list[Box], options: Options) -> list[npt.NDArray[Any]]:
    for box in boxes:
        checked_region(side.document, box, None, options)
    reads = [
        RegionRead(number, side.document, side.location, box, None)
        for number, box in enumerate(boxes)
    ]
    return many.read_apart(side.backend, reads, options, detached=True)


def differing(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return where elements differ in at least one bit."""
    if one.dtype.kind in "OT":
        pairs = zip(one.reshape(-1).tolist(), other.reshape(-1).tolist(), strict=True)
        return np.array([a != b for a, b in pairs], bool).reshape(one.shape)
    size = one.dtype.itemsize
    words = f"u{size}" if size in (1, 2, 4, 8) else "u1"
    mine, theirs = (little(array).reshape(-1).view(words) for array in (one, other))
    differs: npt.NDArray[np.bool_] = mine != theirs
    if words == "u1" and size != 1:
        differs = differs.reshape(one.size, size).any(axis=1)
    return differs.reshape(one.shape)
