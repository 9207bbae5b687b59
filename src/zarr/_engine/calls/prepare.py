"""An array's selections and configuration, converted to calls of a backend of `zarr.crud`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr._engine.calls.choice import Choice
from zarr._engine.calls.streamed import pieces, resized
from zarr._engine.engines.counts import count
from zarr._engine.engines.native_pipeline import native_pipeline
from zarr._engine.options.resolved import options_of
from zarr.core.indexing import (
    BasicIndexer,
    BlockIndexer,
    CoordinateIndexer,
    MaskIndexer,
    OrthogonalIndexer,
)
from zarr.crud._document.cache import as_document
from zarr.crud._document.lower import lower
from zarr.crud._selection.ranges import is_ranges
from zarr.crud._stores.location import Location
from zarr.crud.backends import dispatch
from zarr.crud.backends.awaited import begin_region
from zarr.errors import NegativeStepError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array import AsyncArray
    from zarr.core.buffer import BufferPrototype
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Kind, Selection
    from zarr.crud.backends.contract import CrudBackend, Operation

    type AnyArray = AsyncArray[Any]

INDEXERS: Final[Mapping[Kind, Callable[..., object]]] = {
    "basic": BasicIndexer,
    "orthogonal": OrthogonalIndexer,
    "coordinate": CoordinateIndexer,
    "mask": MaskIndexer,
    "block": BlockIndexer,
}

# Bypass the Python-level constructor of a named tuple, at every call.
_new: Final[Callable[..., Any]] = tuple.__new__


class Call(NamedTuple):
    """One read or write of an array, lowered, with the backend that serves it."""

    array: AnyArray
    backend: CrudBackend
    document: Document
    location: Location
    selection: Selection
    options: Options

    def read(self, out: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
        """Read the selected elements, into `out` if given."""
        _, backend, document, location, selection, options = self
        found = dispatch.read_region(
            backend, document, location, selection, out, options, detached=True
        )
        count(self.array, backend.name)
        return found

    async def read_awaited(self, out: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
        """Read as `read` does; if the backend has no awaitable, in a worker thread."""
        _, backend, document, location, selection, options = self
        begun = begin_region(backend, document, location, selection, out, options, detached=True)
        found: npt.NDArray[Any] = await begun.result()
        count(self.array, backend.name)
        return found

    def write(self, value: npt.ArrayLike) -> None:
        """Write to the selected elements.

        Raises
        ------
        ValueShapeError
            The array, or the one that is written to it, was resized meanwhile.
        """
        array, backend, document, location, selection, options = self
        for part, values in pieces(document, location, selection, value):
            # A copy takes long. Chunks at the old edge would be stored without what another call
            # has written beyond it.
            if values is not value and array.metadata.shape != document.shape:
                raise resized(location, document.shape, array.metadata.shape)
            dispatch.write_region(backend, document, location, part, values, options, detached=True)
        count(array, backend.name)


def prepare(
    array: AnyArray,
    operation: Operation,
    kind: Kind,
    selection: Any,
    prototype: BufferPrototype | None,
) -> Call | None:
    """Return the call for a selection; `None` if `"auto"` leaves it to upstream's path.

    Raises
    ------
    UnsupportedError
        The array's engine was named, and refuses; or `"auto"` finds none that writes the array, and
        upstream's path would lose its data.
    IndexError
        The selection does not fit the array, or has a negative step, as in upstream.
    """
    choice = choice_of(array)
    if not choice.is_open(operation, prototype):
        return None
    items = selection if isinstance(selection, tuple) else (selection,)
    ranges = kind == "orthogonal" and [item for item in items if is_ranges(item)]
    for item in chain(items, *(one for one in ranges or () if isinstance(one, list))):
        if isinstance(item, slice) and item.step is not None and item.step < 0:
            raise NegativeStepError("only slices with step >= 1 are supported.")
    try:
        lowered = lower(choice.document, selection, kind)
    except IndexError:
        if not ranges:
            # Raise upstream's message, on which programs and tests may depend.
            INDEXERS[kind](selection, array.metadata.shape, array._chunk_grid)
        raise
    return lowered_call(array, choice, operation, lowered)


def lowered_call(
    array: AnyArray, choice: Choice, operation: Operation, lowered: Selection
) -> Call | None:
    """Return the call for a lowered selection; see `prepare`."""
    options = options_of(choice.config)
    backend = choice.backend(operation, lowered, options)
    if backend is None:
        return None
    call: Call = _new(Call, (array, backend, choice.document, choice.location, lowered, options))
    return call


def choice_of(array: AnyArray) -> Choice:
    """Return the inputs for the choice of an engine."""
    settings, document = array.config, as_document(array.metadata)
    choice: Choice = _new(
        Choice,
        (settings.engine, document, location_of(array), settings, native_pipeline(array)),
    )
    return choice


def location_of(array: AnyArray) -> Location:
    """Return the location of the array's chunks."""
    store_path = array.store_path
    location: Location = _new(Location, (store_path.store, store_path.path))
    return location
