"""Parts of many chunks as one selection of the array, so that one call serves all of them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.crud._pipelines.axes import Piece, chunk_start, joined_axis, joined_points
from zarr.crud._pipelines.keys import indices_of
from zarr.crud._pipelines.projections import Part, check_spec, last_of, lengthened, parts_of
from zarr.crud._selection.basic import Box, Outer, Points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.crud._document.document import Document
    from zarr.crud._pipelines.keys import Index
    from zarr.crud._pipelines.projections import Projection
    from zarr.crud._selection.basic import Selection


def planned(
    document: Document,
    batch: Sequence[Projection],
    node: str,
    drop_axes: tuple[int, ...],
    at_a_time: int | None = None,
) -> tuple[list[Part], bool]:
    """Return the parts of a call, and whether they are joined: one for all chunks, or one for each.

    They are not joined if fewer chunks may be processed at a time.

    Raises
    ------
    UnsupportedError
        An item of the batch is not a chunk of the array that the document describes.
    """
    if at_a_time is None or len(batch) <= at_a_time:
        whole = joined(document, batch, node, drop_axes)
        if whole is not None:
            return [whole], True
    return parts_of(document, batch, node), False


def joined(
    document: Document, batch: Sequence[Projection], node: str, drop_axes: tuple[int, ...]
) -> Part | None:
    """Return the only part of a call that takes the same elements to the same places.

    `None` if the chunks are not those of one selection. The part has no axes to drop.

    Raises
    ------
    UnsupportedError
        A chunk is asked for with another shape, data type or fill value than the array's.
    """
    is_outer = isinstance(batch[0][3], tuple)
    if is_outer and _repeats(batch):
        return None
    found = indices_of(document, (place for place, *_ in batch), node)
    if found is None:
        return None
    location, indices = found
    known = None
    for index, (_, spec, *_) in zip(indices, batch, strict=True):
        if spec is not known:
            shape = _chunk_shape(document, index)
            if shape is None:
                return None
            check_spec(document, spec, shape)
            # Chunks of a regular grid share one spec.
            known = spec if document.chunk_shape is not None else None
    if is_outer:
        made = _outer(document, indices, batch, drop_axes)
    else:
        made = _points(document, indices, batch)
    if made is None:
        return None
    selection, where = made
    return Part(_long_enough(document, selection, indices), location, selection, where)


def _repeats(batch: Sequence[Projection]) -> bool:
    """Whether a chunk is asked for twice, as by several ranges of an axis."""
    paths = [getattr(place, "path", None) for place, *_ in batch]
    return len(set(paths)) != len(paths)


def _chunk_shape(document: Document, index: Index) -> tuple[int, ...] | None:
    """Return the shape of a chunk, `None` if a grid without a rule has no such chunk."""
    try:
        for axis, at in zip(document.chunk_grid.axes, index, strict=True):
            chunk_start(axis, at)
        return document.chunk_shape_at(index)
    except IndexError:
        return None


def _outer(
    document: Document,
    indices: Sequence[Index],
    batch: Sequence[Projection],
    drop_axes: tuple[int, ...],
) -> tuple[Selection, tuple[slice, ...]] | None:
    rank = len(document.shape)
    first = batch[0][2]
    if not isinstance(first, tuple) or len(first) != rank:
        return None
    dropped = {axis for axis in range(rank) if axis in drop_axes or _is_integer(first[axis])}
    pieces: list[dict[int, Piece]] = [{} for _ in range(rank)]
    for index, (_, _, taken, where, _) in zip(indices, batch, strict=True):
        if not isinstance(where, tuple) or not isinstance(taken, tuple) or len(taken) != rank:
            return None
        if len(where) != rank - len(dropped):
            return None
        places = iter(where)
        for axis, (at, item) in enumerate(zip(index, taken, strict=True)):
            piece = Piece(item, None if axis in dropped else next(places))
            if not _agree(pieces[axis].setdefault(at, piece), piece):
                return None
    if prod(map(len, pieces)) != len(batch):
        return None
    axes: list[Any] = []
    places_of: list[slice] = []
    for chunk_axis, some in zip(document.chunk_grid.axes, pieces, strict=True):
        made = joined_axis(chunk_axis, some)
        if made is None:
            return None
        axes.append(made[0])
        if made[1] is not None:
            places_of.append(made[1])
    shape = tuple(place.stop - place.start for place in places_of)
    is_box = all(isinstance(axis, int) or (type(axis) is tuple and axis[1] == 1) for axis in axes)
    return (Box if is_box else Outer)(tuple(axes), shape), tuple(places_of)


def _is_integer(item: Any) -> bool:
    return isinstance(item, (int, np.integer)) and not isinstance(item, bool)


def _agree(one: Piece, other: Piece) -> bool:
    """Whether a chunk's neighbors along other axes take the same positions of this one."""
    return all(map(_are_same, one, other))


def _are_same(one: Any, other: Any) -> bool:
    # Indexers use one object for all chunks of a row, except for lists of several axes.
    if one is other:
        return True
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


def _points(
    document: Document, indices: Sequence[Index], batch: Sequence[Projection]
) -> tuple[Points, tuple[slice, ...]] | None:
    given = [(taken, where) for _, _, taken, where, _ in batch]
    made = joined_points(document.chunk_grid.axes, indices, given)
    if made is None:
        return None
    axes, place = made
    return Points(axes, (place.stop - place.start,)), (place,)


def _long_enough(document: Document, selection: Selection, indices: Sequence[Index]) -> Document:
    """Return the document of an array that has the selected elements, if it has grown."""
    lasts = [last_of(axis) for axis in selection.axes]
    if all(last < length for last, length in zip(lasts, document.shape, strict=True)):
        return document
    # Where the array ends now is not known, but its last chunk is.
    last_chunk = map(max, zip(*indices, strict=True))
    ends = (
        chunk_start(axis, at) + axis.size(at)
        for axis, at in zip(document.chunk_grid.axes, last_chunk, strict=True)
    )
    shape = tuple(
        length if last < length else end
        for last, length, end in zip(lasts, document.shape, ends, strict=True)
    )
    return lengthened(document, shape)
