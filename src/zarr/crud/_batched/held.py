"""One chunk that a batch holds: its decoded elements, and which of them were written."""

from __future__ import annotations

import json
from math import prod
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.crud._document.casting import empty

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.chunk_parts import ChunkPart
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import CrudBackend

type Index = tuple[int, ...]


class Settings(NamedTuple):
    """How a chunk is written once it is no longer held."""

    document: Document
    location: Location
    """In the store that the batch writes to."""
    backend: CrudBackend
    options: Options

    def key(self, index: Index) -> str:
        """The key of a chunk."""
        return self.location.key(self.document.array.encode_chunk_key(index))


def layout(document: Document) -> str:
    """The document without what appending changes: equal layouts have the same chunks."""
    members = json.loads(document.json)
    del members["shape"]
    return json.dumps(members)


def inside_of(document: Document, index: Index) -> Index:
    """The extents of the part of a chunk that lies inside the array."""
    axes = zip(document.chunk_grid.axes, index, strict=True)
    return tuple(min(axis.size(at), axis.length - axis.starts[at]) for axis, at in axes)


def cost_of(shape: Index, dtype: np.dtype[Any]) -> int:
    """The bytes that a chunk takes: its elements, and a byte for each that says if it was written.

    Texts of variable length are counted when they are written.
    """
    return prod(shape) * (dtype.itemsize + 1)


class HeldChunk:
    """The elements of a chunk that were written and are not stored yet.

    `lock` is held for changes and copies, never for a request to the store. While the chunk is
    busy, one thread writes or replaces it in the store: it may be read, but not changed. Once it is
    gone, it is not held any more.
    """

    def __init__(self, settings: Settings, index: Index) -> None:
        document = settings.document
        shape = document.chunk_shape_at(index)
        self.settings, self.index = settings, index
        self.lock = Lock()
        self.is_busy = self.is_gone = self.is_begun = False
        # Begun: it was given to the store, which may have it even if the call has failed.
        self.writer = 0
        """The thread for which it is busy."""
        self.elements = empty(shape, document.dtype)
        self.inside = inside_of(document, index)
        # Memory that nothing is written to costs nothing. `None` once all inside was written.
        self.mask: npt.NDArray[np.bool_] | None = np.zeros(shape, bool)
        self.count = 0
        self.is_whole = False
        """Whether the part outside the array was written, too."""
        self.nbytes = cost_of(shape, document.dtype)

    def is_kept_busy(self) -> bool:
        """Whether another thread writes it; called with the lock.

        If it is busy for this thread, an interrupt has hit that one after it had claimed it.
        """
        if self.writer == get_ident():
            self.is_busy = False
        return self.is_busy

    @property
    def path(self) -> str:
        """The path of its array."""
        return self.settings.location.path

    @property
    def key(self) -> str:
        """Its key in the store."""
        return self.settings.key(self.index)

    def takes(self, settings: Settings) -> bool:
        """Whether elements that are written in this way may join those held; adapt to them."""
        mine = self.settings
        document = settings.document
        if settings.backend is not mine.backend or settings.options != mine.options:
            return False
        if document is not mine.document and not self._adapts(document):
            return False
        self.settings = settings
        return True

    def _adapts(self, document: Document) -> bool:
        if document.derive(layout) != self.settings.document.derive(layout):
            return False
        inside = inside_of(document, self.index)
        if any(new < old for new, old in zip(inside, self.inside, strict=True)):
            return False
        if inside != self.inside and not self.is_whole:
            if self.mask is None:
                self.mask = np.zeros(self.elements.shape, bool)
                self.mask[tuple(map(slice, self.inside))] = True
                self.count = prod(self.inside)
            self.inside = inside
            self._see_whether_full()
        self.inside = inside
        return True

    def shows(self, document: Document) -> bool:
        """Whether elements that are read with a document are those that are held."""
        mine = self.settings.document
        if document is mine:
            return True
        if document.derive(layout) != mine.derive(layout):
            return False
        inside = inside_of(document, self.index)
        return self.is_whole or all(n <= m for n, m in zip(inside, self.inside, strict=True))

    def put(self, part: ChunkPart, values: npt.NDArray[Any]) -> None:
        """Write the part of a value that belongs here; `values` is as `as_planned` returns it."""
        place: Any = (*part.chunk_selection, ...)
        box = self.elements[place]
        piece = values[(*part.out_selection, ...)]
        if part.pick is None:
            box[...] = piece
        else:
            np.atleast_1d(box)[part.pick] = piece
        if self.mask is None:
            return
        if part.covered:
            self.mask = None
            return
        marked = self.mask[place]
        before = np.count_nonzero(marked)
        if part.pick is None:
            marked[...] = True
        else:
            np.atleast_1d(marked)[part.pick] = True
        self.count += int(np.count_nonzero(marked) - before)
        self._see_whether_full()

    def put_whole(self, value: npt.NDArray[Any]) -> None:
        """Write the whole chunk, including the part outside the array."""
        self.elements[...] = value
        self.mask, self.is_whole = None, True

    def _see_whether_full(self) -> None:
        if self.count == prod(self.inside):
            self.mask = None

    def has(self, part: ChunkPart) -> bool:
        """Whether all elements of a part were written."""
        return self.mask is None or bool(self.mask[part.chunk_selection].all())

    def copy_to(self, part: ChunkPart, target: npt.NDArray[Any]) -> None:
        """Copy the elements of a part that were written to where they belong in a result."""
        place: Any = (*part.chunk_selection, ...)
        box, where = self.elements[place], None if self.mask is None else self.mask[place]
        out = (*part.out_selection, ...)
        if part.pick is None:
            np.copyto(target[out], box, where=True if where is None else where)
            return
        found = np.atleast_1d(box)[part.pick]
        if where is not None:
            chosen, stored = np.atleast_1d(where)[part.pick], target[out]
            stored[chosen] = found[chosen]
            found = stored
        target[out] = found
