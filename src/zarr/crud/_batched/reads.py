"""Reads through a batch: what is stored, with the elements that are held over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.crud._document.casting import empty
from zarr.crud._selection.basic import Box, Outer
from zarr.crud._selection.chunk_parts import ChunkPart, chunk_parts
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.holder import one_of
from zarr.crud.backends.requests import RegionRead
from zarr.crud.backends.selected import as_planned, whole_chunk

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._batched.gathered import Gathered
    from zarr.crud._batched.held import HeldChunk, Index
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import CrudBackend


class Source(NamedTuple):
    """Where elements are: an array in the store that a batch writes to, and the batch."""

    gathered: Gathered
    backend: CrudBackend
    document: Document
    location: Location
    options: Options

    def held(self, index: Index) -> HeldChunk | None:
        """Return the chunk that is held; write it if it does not show what this read would see."""
        key = self.location.key(self.document.array.encode_chunk_key(index))
        chunk = self.gathered.chunk_at(key)
        if chunk is None:
            return None
        # Whether a chunk would be stored is known once it is stored.
        if chunk.shows(self.document) and self.options.missing_chunks == "fill":
            return chunk
        self.gathered.write_out(one_of(key))
        return None


def read_region(
    source: Source, selection: Selection, out: npt.NDArray[Any] | None
) -> npt.NDArray[Any] | None:
    """Return the selected elements; `None` if none of the chunks is held.

    What is stored is read first, then the elements that are held are copied over it. So a read that
    sees a part of one write in a chunk sees all of it. If a chunk was written meanwhile, what was
    read is older than the elements that it no longer holds, and the read begins again.
    """
    _, backend, document, location, options = source
    grid = document.chunk_grid
    while True:
        # The chunk first: it may be written and be gone at any time.
        parts = [(source.held(part.chunk), part) for part in chunk_parts(selection, grid)]
        held = [(chunk, part) for chunk, part in parts if chunk is not None]
        if not held:
            return None
        result = empty(selection.shape, document.dtype) if out is None else out
        target = as_planned(result, selection)
        if not np.shares_memory(target, result):
            # Points in memory that cannot be flattened.
            result = empty(selection.shape, document.dtype)
            target = as_planned(result, selection)
        rest = [part for chunk, part in parts if chunk is None or not _has(chunk, part)]
        if len(rest) == len(parts):
            backend.read_region(document, location, selection, out=result, options=options)
        else:
            _read_parts(source, rest, target)
        for chunk, part in held:
            with chunk.lock:
                chunk.copy_to(part, target)
        if not any(chunk.is_gone for chunk, _ in held):
            break
        check_cancelled()
    if out is not None and result is not out:
        out[...] = result
    return result if out is None else out


def _has(chunk: HeldChunk, part: ChunkPart) -> bool:
    with chunk.lock:
        return chunk.has(part)


def _read_parts(source: Source, parts: list[ChunkPart], target: npt.NDArray[Any]) -> None:
    """Read parts of chunks together into the places where they belong."""
    _, backend, document, location, options = source
    reads = []
    for number, part in enumerate(parts):
        box = _in_array(document, part)
        out = target[(*part.out_selection, ...)] if part.pick is None else None
        reads.append(RegionRead(number, document, location, box, out))
    if not reads:
        return
    try:
        found = backend.read_regions(reads, options=options)
    except Exception as error:
        # The numbers are not those of the caller's requests.
        notes = getattr(error, "__notes__", [])
        notes[:] = [note for note in notes if not note.startswith("in request")]
        raise
    for part, elements in zip(parts, found, strict=True):
        if part.pick is not None:
            target[part.out_selection] = np.atleast_1d(elements)[part.pick]


def _in_array(document: Document, part: ChunkPart) -> Box | Outer:
    """The box of a part of a chunk, as a selection of the array."""
    grid = zip(document.chunk_grid.axes, part.chunk, part.chunk_selection, strict=True)
    axes = []
    for axis, at, taken in grid:
        count = len(range(taken.start, taken.stop, taken.step))
        axes.append((axis.starts[at] + taken.start, taken.step if count > 1 else 1, count))
    shape = tuple(count for _, _, count in axes)
    is_box = all(step == 1 for _, step, _ in axes)
    return Box(tuple(axes), shape) if is_box else Outer(tuple(axes), shape)


def read_chunk(
    source: Source, index: Index, out: npt.NDArray[Any] | None
) -> npt.NDArray[Any] | None:
    """Return a chunk in its nominal shape; `None` if it is not held."""
    gathered, backend, document, location, options = source
    shape = document.chunk_shape_at(index)
    whole = whole_chunk(index, shape)
    while (chunk := source.held(index)) is not None:
        with chunk.lock:
            is_full = chunk.mask is None
            knows_all = chunk.is_whole or chunk.inside == shape
            if is_full and knows_all:
                result = empty(shape, document.dtype) if out is None else out
                chunk.copy_to(whole, result)
                return result
        if is_full:
            # What is stored beyond the end of the array is the backend's to say.
            gathered.write_out(one_of(source.location.key(document.array.encode_chunk_key(index))))
            return None
        result = backend.read_chunk(document, location, index, out=out, options=options)
        with chunk.lock:
            if not chunk.is_gone and (chunk.mask is not None or knows_all):
                chunk.copy_to(whole, result)
                return result
        check_cancelled()
    return None
