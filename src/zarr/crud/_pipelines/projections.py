"""Requests of zarr's indexers for single chunks, as selections of the array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from zarr.core.array_spec import ArraySpec
from zarr.crud._arguments import shown
from zarr.crud._document.cache import as_document
from zarr.crud._document.chunk_keys import split_key
from zarr.crud._errors import UnsupportedError
from zarr.crud._pipelines.axes import chunk_start
from zarr.crud._selection.basic import Box, Points, expand, lower_basic
from zarr.crud._selection.dialects import lower_orthogonal
from zarr.crud._stores.location import Location
from zarr.storage import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._selection.basic import BasicSelection, Selection

type Projection = tuple[Any, ArraySpec, Any, Any, bool]
"""A stored chunk, its spec, the selection in it, its place in the buffer, whether it is whole."""


class Part(NamedTuple):
    """The part of one chunk that a call reads or writes."""

    document: Document
    location: Location
    selection: Selection
    where: Any
    """The place of the elements in the buffer of the call, as an index of NumPy."""


def parts_of(document: Document, batch: Iterable[Projection], node: str) -> list[Part]:
    """Return the parts of a call on the array at the path `node`, one for each projection.

    Raises
    ------
    UnsupportedError
        An item of the batch is not a chunk of the array that the document describes.
    """
    chunks = _Chunks(document, node)
    return [_part(chunks, *projection) for projection in batch]


class _Chunk(NamedTuple):
    """A chunk of a call, which several projections may be for."""

    location: Location
    shape: tuple[int, ...]
    origin: tuple[int, ...]
    end: tuple[int, ...]
    spec: ArraySpec
    """The spec that was checked."""


class _Chunks:
    """The chunks of a call, by their places: each is looked up once."""

    def __init__(self, document: Document, node: str) -> None:
        self.document, self._node = document, node
        # By the identity of objects that the batch keeps alive.
        self._known: dict[tuple[int, str], _Chunk] = {}
        self._locations: dict[tuple[int, str], Location] = {}

    def at(self, place: Any, spec: ArraySpec) -> _Chunk:
        """Return the chunk at a place; its spec is checked."""
        if not isinstance(place, StorePath):
            raise UnsupportedError(f"a chunk is asked for by {place!r}; use a StorePath")
        key = (id(place.store), place.path)
        chunk = self._known.get(key)
        if chunk is None:
            chunk = self._known[key] = self._chunk(place, spec)
        elif spec is not chunk.spec:
            check_spec(self.document, spec, chunk.shape)
        return chunk

    def _chunk(self, place: StorePath, spec: ArraySpec) -> _Chunk:
        document = self.document
        found = split_key(document, place.path, self._node)
        if found is None:
            raise UnsupportedError(f"{place.path!r} is not the key of a chunk of this array")
        path, index = found
        try:
            shape = document.chunk_shape_at(index)
            origin = tuple(map(chunk_start, document.chunk_grid.axes, index))
        except IndexError:
            raise UnsupportedError(f"the array has no chunk {index}") from None
        check_spec(document, spec, shape)
        location = self._locations.setdefault((id(place.store), path), Location(place.store, path))
        end = tuple(start + size for start, size in zip(origin, shape, strict=True))
        return _Chunk(location, shape, origin, end, spec)


def check_spec(document: Document, spec: ArraySpec, shape: tuple[int, ...]) -> None:
    """Refuse chunks whose shape, data type or fill value differs from the array's."""
    metadata = document.array
    if not _is_same(spec.fill_value, metadata.fill_value, document.dtype):
        raise UnsupportedError(
            f"chunks with the fill value {shown(spec.fill_value)} are asked for, and the array has "
            f"{shown(metadata.fill_value)}"
        )
    if spec.shape != shape or spec.dtype != metadata.dtype:
        raise UnsupportedError(
            f"a chunk of shape {spec.shape} and data type {spec.dtype} is asked for, and the "
            f"array has chunks of shape {shape} and data type {document.array.dtype}"
        )


def _is_same(one: Any, other: Any, dtype: np.dtype[Any]) -> bool:
    if one is other:
        return True
    if one is None or other is None or dtype.hasobject:
        return bool(one == other)
    # Compare the bits: a NaN does not equal itself.
    return np.asarray(one, dtype).tobytes() == np.asarray(other, dtype).tobytes()


def _part(
    chunks: _Chunks, place: Any, spec: ArraySpec, taken: Any, where: Any, _whole: object
) -> Part:
    document, chunk = chunks.document, chunks.at(place, spec)
    shape = document.shape
    box = _box(taken, chunk, shape)
    if box is not None:
        return Part(document, chunk.location, box, where)
    try:
        selection = _shifted(lower_in_chunk(taken, chunk.shape), chunk.origin)
    except (IndexError, TypeError, ValueError) as err:
        raise UnsupportedError(f"{taken!r} selects nothing that a chunk has: {err}") from err
    if any(last_of(axis) >= length for axis, length in zip(selection.axes, shape, strict=True)):
        # An indexer may request elements that a chunk holds beyond the end of the array.
        document = lengthened(document, tuple(map(max, shape, chunk.end)))
    return Part(document, chunk.location, selection, where)


def _box(taken: Any, chunk: _Chunk, shape: tuple[int, ...]) -> Box | None:
    """Return the usual selection: elements that follow each other on each axis, in the array."""
    if type(taken) is not tuple or len(taken) != len(shape):
        return None
    axes: list[tuple[int, int, int]] = []
    for item, size, origin, length in zip(taken, chunk.shape, chunk.origin, shape, strict=True):
        if type(item) is not slice or item.step not in (None, 1):
            return None
        start, stop = item.start, item.stop
        if not (type(start) is int and type(stop) is int and 0 <= start < stop <= size):
            return None
        if origin + stop > length:
            return None
        axes.append((origin + start, 1, stop - start))
    return Box(tuple(axes), tuple([count for _, _, count in axes]))


def lower_in_chunk(selection: Any, shape: tuple[int, ...]) -> Selection:
    """Lower any NumPy index of a chunk of `shape`, with NumPy's meaning."""
    given = selection if isinstance(selection, tuple) else (selection,)
    if any(isinstance(item, np.ndarray) and item.dtype == bool for item in given):
        # A mask indexes as many axes as it has.
        return _points(given, shape)
    items = expand(given, len(shape))
    lists = [item for item in items if not isinstance(item, (int, np.integer, slice))]
    if not lists:
        return lower_basic(cast("BasicSelection", items), shape)
    outer = _outer(items, lists, len(shape))
    return _points(items, shape) if outer is None else lower_orthogonal(outer, shape)


def _outer(items: tuple[Any, ...], lists: list[Any], rank: int) -> tuple[Any, ...] | None:
    """One index for each axis, if together they select their outer product."""
    arrays = [np.asarray(item) for item in lists]
    if len(arrays) == rank == len(items) and all(
        array.ndim == rank and array.size == array.shape[axis] for axis, array in enumerate(arrays)
    ):
        return tuple(array.reshape(-1) for array in arrays)
    alone = len(arrays) == 1 and arrays[0].ndim == 1 and len(items) == rank
    if alone and all(isinstance(item, slice) or item is lists[0] for item in items):
        return tuple(item if isinstance(item, slice) else arrays[0] for item in items)
    return None


def _points(items: tuple[Any, ...], shape: tuple[int, ...]) -> Points:
    # Checks the bounds, too.
    taken = np.broadcast_to(np.False_, shape)[items].shape
    lists = [np.asarray(item) for item in items if not isinstance(item, slice)]
    if len(lists) == len(shape) and all(one.dtype.kind in "iu" for one in lists):
        # The usual case, in which no axis is counted: a chunk may be much larger than its points.
        ones = (one.reshape(-1).astype(np.int64) for one in np.broadcast_arrays(*lists))
        places = (np.where(one < 0, one + n, one) for one, n in zip(ones, shape, strict=True))
        return Points(tuple(places), taken)
    positions = (
        np.broadcast_to(np.arange(length).reshape((-1,) + (1,) * (len(shape) - axis - 1)), shape)
        for axis, length in enumerate(shape)
    )
    flat = (position[items].reshape(-1).astype(np.int64, copy=False) for position in positions)
    return Points(tuple(flat), taken)


def _shifted(selection: Selection, origin: tuple[int, ...]) -> Selection:
    # An index of one chunk has no ranges.
    given: tuple[Any, ...] = selection.axes
    axes: Any = tuple(
        (axis[0] + start, *axis[1:]) if isinstance(axis, tuple) else axis + start
        for axis, start in zip(given, origin, strict=True)
    )
    return selection._replace(axes=axes)


def last_of(axis: Any) -> int:
    """Return the largest position of one axis of a selection that is no `Ranges`."""
    if isinstance(axis, int):
        return axis
    if isinstance(axis, tuple):
        start, step, count = axis
        return int(max(start, start + step * (count - 1)))
    positions: npt.NDArray[np.int64] = axis
    return int(positions.max(initial=0))


def lengthened(document: Document, shape: tuple[int, ...]) -> Document:
    """Return the document of the same array with another shape."""
    return as_document({**document, "shape": list(shape)})
