"""Reads of some elements of a box of a chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.crud._document.casting import empty
from zarr.crud._stores.parted_chunk import PartedChunk

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._selection.chunk_parts import ChunkPart, Index
    from zarr.crud._stores.chunk import StoredChunk
    from zarr.crud.reference.codecs import Codecs


def read_picked(
    codecs: Codecs, chunk: StoredChunk, part: ChunkPart, dtype: np.dtype[Any]
) -> tuple[bool, npt.NDArray[Any]]:
    """Decode the elements that a part picks; return whether the chunk is stored, and them."""
    pick: Any = part.pick
    in_parts = isinstance(chunk, PartedChunk) and codecs.pipeline.supports_partial_decode
    if in_parts and part.chunk_selection:
        exact = empty(np.broadcast(*pick).shape, dtype)
        found = codecs.read(chunk, picked_selection(part), exact, whole(exact.shape))
        return found, exact
    box = box_of(part, dtype)
    found = codecs.read(chunk, part.chunk_selection, box, whole(box.shape))
    return found, np.atleast_1d(box)[pick]


def box_of(part: ChunkPart, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return new memory for the box that a part picks from."""
    runs = part.chunk_selection
    return empty(tuple(len(range(run.start, run.stop, run.step)) for run in runs), dtype)


def whole(shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Return a selection of everything in an array of a shape."""
    return tuple(slice(0, length, 1) for length in shape)


def picked_selection(part: ChunkPart) -> Index:
    """Return what a part picks from its chunk, as zarr's indexers take it.

    With it, a shard's codec reads no other subchunks than those of the picked elements.
    The result is points, or slices for all axes but one, which has a list.

    Examples
    --------
    >>> from zarr.crud._selection.chunk_parts import ChunkPart
    >>> box = (slice(4, 9, 1), slice(2, 8, 2))
    >>> lists = np.ix_(np.array([4, 0]), np.arange(3))
    >>> picked_selection(ChunkPart((0, 0), box, (), False, lists))
    (array([8, 4]), slice(2, 8, 2))
    """
    picks: Any = part.pick
    axes = list(zip(part.chunk_selection, picks, strict=False))
    points = tuple(run.start + run.step * np.asarray(pick) for run, pick in axes)
    if all(point.ndim == 1 for point in points):
        return points
    lists: list[slice | npt.NDArray[Any]] = []
    for (run, pick), point in zip(axes, points, strict=True):
        every = np.array_equal(np.ravel(pick), np.arange(len(range(run.start, run.stop, run.step))))
        lists.append(run if every else point.ravel())
    # Zarr takes one list beside slices; more as arrays that broadcast, which are points.
    return tuple(lists) if sum(not isinstance(axis, slice) for axis in lists) <= 1 else points
