"""An `Array` that is written to another one, piece by piece instead of in memory as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from math import lcm, prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.core.array import Array
from zarr.crud._document.cache import as_document
from zarr.crud._errors import ValueShapeError
from zarr.crud._selection.basic import Box
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.location import Location
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from zarr.core.metadata import ArrayMetadata
    from zarr.crud._document.document import Document
    from zarr.crud._selection.basic import Selection

PIECE: Final = 64 << 20
"""Most decoded bytes of a piece, which is one chunk at least."""

NUMBERS: Final = frozenset("biufc")


class Run(NamedTuple):
    """One piece along one axis: of the selection, and of the value."""

    axis: int | tuple[int, int, int]
    value: slice | None
    """`None` where an integer drops the axis."""


def pieces(
    document: Document, location: Location, selection: Selection, value: Any
) -> Iterator[tuple[Selection, Any]]:
    """Yield parts of a selection, each with its part of the value, in which no chunk is twice.

    A large `Array` is read piece by piece, so that a copy takes the memory of two or three pieces.
    Anything else is yielded as it is: also an array that may be stored where it is written, with
    its elements at other positions, because the first pieces would change the later ones.

    Raises
    ------
    ValueShapeError
        The value has become smaller since its first piece was read.
    """
    if type(value) is not Array or not isinstance(selection, Box):
        yield selection, value
        return
    # It is replaced when the value is resized.
    metadata = value.metadata
    extents = _extents(document, location, selection, value, metadata)
    if extents is None:
        yield selection, value
        return
    runs = [
        list(_runs(taken, extent)) for taken, extent in zip(selection.axes, extents, strict=True)
    ]
    for piece in product(*runs):
        check_cancelled()
        where = tuple(run.value for run in piece if run.value is not None)
        shape = tuple(part.stop - part.start for part in where)
        found = value[where]
        # A piece that was cut would be broadcast. One that was read during the resize may have
        # lost its chunks.
        if np.shape(found) != shape or _is_cut(metadata.shape, value.metadata.shape):
            place = Location(value.store_path.store, value.store_path.path)
            raise resized(place, metadata.shape, value.metadata.shape)
        yield Box(tuple(run.axis for run in piece), shape), found


def _is_cut(before: Sequence[int], now: Sequence[int]) -> bool:
    """Return whether an array has become shorter along any axis."""
    return any(new < old for old, new in zip(before, now, strict=True))


def resized(place: Location, before: Sequence[int], now: Sequence[int]) -> ValueShapeError:
    """Return the error of an array that is resized while one is written to another."""
    return ValueShapeError(
        f"the array {place} was resized from {tuple(before)} to {tuple(now)} while a value was "
        "written, of which the rest is not stored; write it again when nothing resizes the array"
    )


def _extents(
    document: Document,
    location: Location,
    selection: Box,
    value: Array[Any],
    metadata: ArrayMetadata,
) -> Sequence[int] | None:
    """Return the extent of a piece along each axis; `None` if the value must be taken whole."""
    source = as_document(metadata)
    item = max(document.dtype.itemsize, source.dtype.itemsize)
    chunk = document.chunk_shape
    if (
        prod(selection.shape) * item <= PIECE
        or metadata.shape != selection.shape
        or chunk is None
        or not _is_cast_alike(source.dtype, document.dtype)
        or _may_move(location, selection, value)
    ):
        return None
    counts = [1 if isinstance(taken, int) else taken[2] for taken in selection.axes]
    others = _chunk_on_all_axes(source, selection)
    extents = [min(own, count) for own, count in zip(chunk, counts, strict=True)]
    for axis, (own, other) in enumerate(zip(chunk, others, strict=True)):
        # Where the chunks of both begin together, none of the value's is decoded twice.
        _widen(extents, axis, min(lcm(own, other), counts[axis]), item)
    for axis in reversed(range(len(extents))):
        rest = prod(extents) // extents[axis] * item
        most = PIECE // rest // extents[axis] * extents[axis]
        _widen(extents, axis, min(most, counts[axis]), item)
    return extents


def _widen(extents: list[int], axis: int, extent: int, item: int) -> None:
    wider = [*extents[:axis], extent, *extents[axis + 1 :]]
    if extent > extents[axis] and prod(wider) * item <= PIECE:
        extents[axis] = extent


def _runs(taken: int | tuple[int, int, int], extent: int) -> Iterator[Run]:
    """Yield the pieces along an axis, which end where chunks do."""
    if isinstance(taken, int):
        yield Run(taken, None)
        return
    start, _, count = taken
    stop = start + count
    # The extent is a multiple of the chunk's, or all that is selected.
    first = stop if extent == count else (start // extent + 1) * extent
    edges = [start, *range(first, stop, extent), stop]
    for begin, end in pairwise(edges):
        yield Run((begin, 1, end - begin), slice(begin - start, end - start))


def _chunk_on_all_axes(source: Document, selection: Box) -> list[int]:
    """Return the extents of the value's chunks on the axes of the selection; 1 if unknown."""
    chunk = iter(source.chunk_shape or (1,) * len(source.shape))
    return [1 if isinstance(taken, int) else max(1, next(chunk)) for taken in selection.axes]


def _is_cast_alike(source: np.dtype[Any], target: np.dtype[Any]) -> bool:
    """Return whether no element can fail to be converted, as a text that is no number."""
    if source == target:
        return source.kind not in "OT"
    return {source.kind, target.kind} <= NUMBERS and np.can_cast(source, target, "same_kind")


def _may_move(location: Location, selection: Box, value: Array[Any]) -> bool:
    """Return whether the value may be stored in the same chunks, at other positions.

    Elements that keep their positions are read before their chunk is written, whatever the stores.
    """
    starts = (taken if isinstance(taken, int) else taken[0] for taken in selection.axes)
    if not any(starts):
        return False
    place = value.store_path
    if type(location.store) is LocalStore and type(place.store) is LocalStore:
        one, other = location.store.root / location.path, place.store.root / place.path
        return os.path.realpath(one) == os.path.realpath(other)
    return location.store is not place.store or location.path == place.path
