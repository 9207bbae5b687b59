"""Reads of one chunk in a directory, with what is found out once for an array.

Much of the time of such a read would be spent on planning it. A reader makes small results; larger
ones are read in place.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._pipelines.buffers import foreign_buffers
from zarr.crud._pipelines.keys import index_of_key, key_form
from zarr.crud._pipelines.work import MISSING, PRESENT, place_of
from zarr.crud._selection.basic import Box
from zarr.crud._stores.threads import run_in_worker
from zarr.crud.backends import dispatch
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
    """Everything that stays the same between reads of one chunk of an array."""

    backend: CrudBackend
    document: Document
    location: Location
    options: Options
    root: str
    """What all keys of the array begin with."""
    form: tuple[str, str]
    chunk: tuple[int, ...]
    read_region: Callable[[Any], npt.NDArray[Any] | None]

    async def read(self, projection: Projection, out: NDBuffer) -> GetResult | None:
        """Read a part of one chunk; `None` if it must be planned."""
        memory = out.as_numpy_array()
        if memory.dtype != self.document.dtype:
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
        where = place_of(where)
        target = memory[where]
        is_small = memory.nbytes <= LARGEST
        try:
            found = await run_in_worker(
                self.read_region if is_small else partial(self._read_into, target), selection
            )
        except ChunkNotFoundError:
            memory[where] = self.document.fill_element.reshape(())
            return MISSING
        if found is None or found.shape != target.shape:
            return None
        if is_small:
            memory[where] = found
        return PRESENT

    def _read_into(
        self, target: npt.NDArray[Any], selection: tuple[int | slice, ...]
    ) -> npt.NDArray[Any] | None:
        """Read the selected elements into an array; `None` if there are none that fit it."""
        axes: list[int | tuple[int, int, int]] = []
        for item, length in zip(selection, self.document.shape, strict=True):
            taken = range(item, item + 1) if isinstance(item, int) else _range_of(item)
            if taken[-1] >= length:
                return None
            axes.append(item if isinstance(item, int) else (item.start, item.step, len(taken)))
        box = Box(tuple(axes), tuple(axis[2] for axis in axes if isinstance(axis, tuple)))
        if type(target) is not np.ndarray or box.shape != target.shape:
            return None
        given = (self.backend, self.document, self.location, box, target, self.options)
        return dispatch.read_region(*given, detached=True)

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


def _range_of(taken: slice) -> range:
    return range(taken.start, taken.stop, taken.step)


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
    return QuickReads(backend, document, location, options, root, form, chunk, reader.read_region)
