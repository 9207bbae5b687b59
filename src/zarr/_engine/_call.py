"""An array's selections and configuration, as calls of `zarr.crud`."""

from __future__ import annotations

from functools import cache
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from zarr.core.buffer import NDBuffer
from zarr.core.buffer.cpu import NDBuffer as CpuNDBuffer
from zarr.core.config import config
from zarr.core.indexing import check_fields
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud import _dispatch
from zarr.crud._document import as_document
from zarr.crud._errors import UnsupportedError
from zarr.crud._options import DEFAULT_OPTIONS, Options
from zarr.crud._policy import choose
from zarr.crud._registry import get_backend
from zarr.crud._selection import BasicSelection, Selection, lower_basic
from zarr.crud._store import Location
from zarr.errors import NegativeStepError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array import AsyncArray
    from zarr.core.array_spec import ArrayConfig
    from zarr.core.buffer import BufferPrototype
    from zarr.core.indexing import Fields
    from zarr.crud._document import Document

    type AnyArray = AsyncArray[Any]

BASIC_TYPES: Final = frozenset({int, slice, EllipsisType})

CPU_NDBUFFER: Final = "zarr.buffer.cpu.NDBuffer"


def is_basic(selection: object) -> bool:
    """Tell whether `[...]` takes a selection as integers, slices and `...` only."""
    items = selection if type(selection) is tuple else (selection,)
    types = set(map(type, items))
    return types <= BASIC_TYPES or all(
        kind in BASIC_TYPES or issubclass(kind, np.integer) for kind in types
    )


def check(array: AnyArray) -> None:
    """Raise `UnsupportedError` unless the array's engine serves it."""
    engine = array.config.engine
    reason = get_backend(engine).supports(
        as_document(array.metadata), _location(array), "read_region"
    )
    if reason is not None:
        raise UnsupportedError(
            f"the engine {engine!r} does not serve {array.store_path}: {reason}; "
            "open the array with another engine, or none"
        )


def refuse_dialect(array: AnyArray, dialect: str) -> NoReturn:
    """Raise for a selection of a dialect that engines do not serve."""
    raise UnsupportedError(
        f"the engine {array.config.engine!r} does not serve {dialect} selections, only integers, "
        "slices and '...'; open the array without an engine for this selection"
    )


def read(
    array: AnyArray,
    selection: BasicSelection,
    *,
    out: NDBuffer | None = None,
    prototype: BufferPrototype | None = None,
    fields: Fields | None = None,
) -> npt.NDArray[Any]:
    """Read a basic selection through the array's engine; always an array."""
    document, lowered = parse(array, selection, prototype, fields)
    target = _out_array(out, lowered.shape) if out is not None else None
    if target is None and _order(array) == "F":
        target = np.empty(lowered.shape, document.dtype, order="F")
    # Upstream casts to the type of a given `out`; backends fill their own type only.
    direct = target if target is None or target.dtype == document.dtype else None
    location, options = _location(array), _options(array.config)
    backend = choose(array.config.engine, document, location, "read_region", lowered, options)
    found = _dispatch.read_region(backend, document, location, lowered, direct, options)
    if target is None or found is target:
        return found
    np.copyto(target, found, casting="unsafe")
    return target


def parse(
    array: AnyArray,
    selection: BasicSelection,
    prototype: BufferPrototype | None,
    fields: Fields | None,
) -> tuple[Document, Selection]:
    """Return the document and the lowered selection, or refuse what no engine serves."""
    document = as_document(array.metadata)
    if fields:
        check_fields(fields, document.dtype)
        raise UnsupportedError(
            f"the engine {array.config.engine!r} does not select fields; "
            f"read all fields, then pick {fields!r}"
        )
    ndbuffer = config.config["ndbuffer"] if prototype is None else prototype.nd_buffer
    if ndbuffer != CPU_NDBUFFER and ndbuffer is not CpuNDBuffer:
        raise UnsupportedError(
            f"the engine {array.config.engine!r} makes NumPy arrays only, not {ndbuffer!r}; "
            "open the array without an engine"
        )
    for item in selection if isinstance(selection, tuple) else (selection,):
        if isinstance(item, slice) and item.step is not None and item.step < 0:
            raise NegativeStepError("only slices with step >= 1 are supported.")
    return document, lower_basic(selection, document.shape)


def write(array: AnyArray, document: Document, lowered: Selection, value: npt.ArrayLike) -> None:
    """Write to a lowered selection through the array's engine."""
    location, options = _location(array), _options(array.config)
    backend = choose(array.config.engine, document, location, "write_region", lowered, options)
    _dispatch.write_region(backend, document, location, lowered, value, options)


def _out_array(out: NDBuffer, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    if not isinstance(out, NDBuffer):
        raise TypeError(f"out argument needs to be an NDBuffer. Got {type(out)!r}")
    if out.shape != shape:
        raise ValueError(f"shape of out argument doesn't match. Expected {shape}, got {out.shape}")
    return out.as_numpy_array()


def _order(array: AnyArray) -> str:
    metadata = array.metadata
    return metadata.order if isinstance(metadata, ArrayV2Metadata) else array.config.order


def _location(array: AnyArray) -> Location:
    store_path = array.store_path
    return Location(store_path.store, store_path.path)


def _options(array_config: ArrayConfig) -> Options:
    return _options_of(array_config.read_missing_chunks, array_config.write_empty_chunks)


@cache
def _options_of(read_missing_chunks: bool, write_empty_chunks: bool) -> Options:  # noqa: FBT001
    options = Options(
        missing_chunks="fill" if read_missing_chunks else "error",
        write_empty_chunks=write_empty_chunks,
    )
    return DEFAULT_OPTIONS if options == DEFAULT_OPTIONS else options
