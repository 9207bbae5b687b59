"""An array's selections and configuration, as calls of a backend of `zarr.crud`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr._engine._array_pipeline import native_pipeline
from zarr._engine._chosen_pipeline import chosen_pipeline
from zarr._engine._info import count
from zarr._engine._settings import is_followed_natively, options_of
from zarr.core.buffer.cpu import NDBuffer as CpuNDBuffer
from zarr.core.config import config
from zarr.core.indexing import (
    BasicIndexer,
    BlockIndexer,
    CoordinateIndexer,
    MaskIndexer,
    OrthogonalIndexer,
)
from zarr.crud import _dispatch
from zarr.crud._contract import WRITES
from zarr.crud._dialects import lower
from zarr.crud._document_cache import as_document
from zarr.crud._errors import UnsupportedError
from zarr.crud._policy import AUTO, best, check_kept, choose, log_refusals
from zarr.crud._store import Location, store_prototype
from zarr.errors import NegativeStepError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array import AsyncArray
    from zarr.core.buffer import BufferPrototype
    from zarr.crud._contract import CrudBackend, Operation
    from zarr.crud._document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection import Kind, Selection

    type AnyArray = AsyncArray[Any]

CPU_NDBUFFER: Final = "zarr.buffer.cpu.NDBuffer"

INDEXERS: Final[Mapping[Kind, Callable[..., object]]] = {
    "basic": BasicIndexer,
    "orthogonal": OrthogonalIndexer,
    "coordinate": CoordinateIndexer,
    "mask": MaskIndexer,
    "block": BlockIndexer,
}

NATIVE_PATH: Final = "zarr"
"""What `"auto"` falls back to: the path that is better than any backend of low preference."""


# Past the Python-level constructor of a named tuple, at every call.
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
        found = _dispatch.read_region(
            backend, document, location, selection, out, options, detached=True
        )
        count(self.array, backend.name)
        return found

    def write(self, value: npt.ArrayLike) -> None:
        """Write to the selected elements."""
        _, backend, document, location, selection, options = self
        _dispatch.write_region(
            backend, document, location, selection, value, options, detached=True
        )
        count(self.array, backend.name)


def prepare(
    array: AnyArray,
    operation: Operation,
    kind: Kind,
    selection: Any,
    prototype: BufferPrototype | None,
) -> Call | None:
    """Return the call for a selection; `None` if the engine `"auto"` leaves it to upstream's path.

    Raises
    ------
    UnsupportedError
        The array's engine was named, and refuses; or `"auto"` finds none that writes the array,
        whose data upstream's path would lose.
    IndexError
        The selection does not fit the array, or has a negative step, as in upstream.
    """
    engine = array.config.engine
    document = as_document(array.metadata)
    location = location_of(array)
    options = options_of(array.config)
    refusal = foreign_buffers(prototype)
    # What upstream's path would not do must be done by an engine, or be refused.
    may_fall_back = engine == AUTO and is_followed_natively(options, array.config, operation)
    if engine == AUTO:
        if operation in WRITES:
            check_kept(document, location)
        refusal = refusal or chosen_pipeline(native_pipeline(array))
    if refusal is not None and may_fall_back:
        log_refusals(document, location, {AUTO: refusal}, NATIVE_PATH)
        return None
    if refusal is not None:
        raise UnsupportedError(
            f"the engine {array.engine!r} does not serve this: {refusal}; "
            "open the array without an engine"
        )
    for item in selection if isinstance(selection, tuple) else (selection,):
        if isinstance(item, slice) and item.step is not None and item.step < 0:
            raise NegativeStepError("only slices with step >= 1 are supported.")
    try:
        lowered = lower(document, selection, kind)
    except IndexError:
        # In upstream's words, which programs and tests may look for.
        INDEXERS[kind](selection, array.metadata.shape, array._chunk_grid)
        raise
    backend: CrudBackend | None
    if may_fall_back:
        backend, _ = best(document, location, operation, lowered, options, otherwise=NATIVE_PATH)
        if backend is None:
            return None
    else:
        backend = choose(engine, document, location, operation, lowered, options)
    call: Call = _new(Call, (array, backend, document, location, lowered, options))
    return call


def location_of(array: AnyArray) -> Location:
    """Where the array's chunks are."""
    store_path = array.store_path
    location: Location = _new(Location, (store_path.store, store_path.path))
    return location


def foreign_buffers(prototype: BufferPrototype | None) -> str | None:
    """Return why no engine makes the buffers that a call asks for."""
    ndbuffer = config.config["ndbuffer"] if prototype is None else prototype.nd_buffer
    if ndbuffer != CPU_NDBUFFER and ndbuffer is not CpuNDBuffer:
        return f"engines make NumPy arrays only, not {ndbuffer!r}"
    if prototype is not None and prototype.buffer is not store_prototype().buffer:
        return f"engines give stores the configured buffers only, not {prototype.buffer!r}"
    return None
