"""Small reads of one chunk in a directory, by a reader that is made once for an array.

Most of the time of such a read would be spent on planning it.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._pipelines.buffers import foreign_buffers
from zarr.crud._pipelines.keys import index_of_key, key_form
from zarr.crud._pipelines.work import MISSING, PRESENT
from zarr.crud._stores.threads import run_in_worker
from zarr.errors import ChunkNotFoundError
from zarr.storage import LocalStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from zarr.abc.codec import GetResult
    from zarr.core.buffer import NDBuffer
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._pipelines.projections import Projection
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import CrudBackend

LARGEST: Final = 1 << 18
"""Bytes of a result above which it is read in place, and not copied."""


class QuickReads(NamedTuple):
    """Everything that stays the same between small reads of an array."""

    document: Document
    location: Location
    root: str
    """What all keys of the array begin with."""
    form: tuple[str, str]
    chunk: tuple[int, ...]
    read_region: Callable[[Any], npt.NDArray[Any] | None]

    async def read(self, projection: Projection, out: NDBuffer) -> GetResult | None:
        """Read a part of one chunk; `None` if it must be planned."""
        memory = out.as_numpy_array()
        if memory.nbytes > LARGEST or memory.dtype != self.document.dtype:
            return None
        place, spec, taken, where, _ = projection
        metadata = self.document.array
        if (
            type(place) is not StorePath
            or place.store is not self.location.store
            or spec.dtype is not metadata.dtype
            or spec.fill_value is not metadata.fill_value
            or spec.shape != self.chunk
            or foreign_buffers(spec.prototype) is not None
        ):
            return None
        selection = self._selection(place.path, taken)
        if selection is None:
            return None
        target = memory[where]
        try:
            found = await run_in_worker(self.read_region, selection)
        except ChunkNotFoundError:
            memory[where] = self.document.fill_element.reshape(())
            return MISSING
        if found is None or found.shape != target.shape:
            return None
        memory[where] = found
        return PRESENT

    def _selection(self, path: str, taken: Any) -> tuple[int | slice, ...] | None:
        """Return what is taken of the chunk with a key, as integers and slices of the array."""
        if not path.startswith(self.root) or not isinstance(taken, tuple):
            return None
        index = index_of_key(self.document, path[len(self.root) :], self.form)
        if index is None or len(taken) != len(index):
            return None
        selection: list[int | slice] = []
        for at, size, item in zip(index, self.chunk, taken, strict=True):
            start = at * size
            if type(item) is slice:
                first, stop, step = item.indices(size)
                if step < 1 or first >= stop:
                    return None
                selection.append(slice(start + first, start + stop, step))
            elif isinstance(item, (int, np.integer)) and 0 <= item < size:
                selection.append(start + int(item))
            else:
                return None
        return tuple(selection)


def quick_reads(
    backend: CrudBackend, document: Document, location: Location, options: Options
) -> QuickReads | None:
    """Return the quick reads of an array; `None` if it has none."""
    form, chunk = key_form(document), document.chunk_shape
    if type(location.store) is not LocalStore or form is None or chunk is None:
        return None
    if document.chunk_nbytes > options.decoded_size_budget or not prod(chunk):
        return None
    reader = backend.reader_with(document, location, options)
    if reader is None:
        return None
    root = location.key("") if location.path else ""
    return QuickReads(document, location, root, form, chunk, reader.read_region)
