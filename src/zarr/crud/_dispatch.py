"""From parsed input to a backend: the checks that all backends share, then one call.

These run at every call: arguments go by position, and a check costs no call where it passes.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._policy import choose
from zarr.crud._store import Location, check_writable
from zarr.crud._values import as_value, check_out, refuse_size

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._document import Document
    from zarr.crud._options import Options
    from zarr.crud._policy import Engine
    from zarr.crud._selection import Selection


def read_region(
    document: Document,
    location: Location,
    selection: Selection,
    out: npt.NDArray[Any] | None,
    engine: Engine,
    options: Options | None,
) -> npt.NDArray[Any]:
    """Read a lowered selection through the backend that `engine` names."""
    options = options or DEFAULT_OPTIONS
    backend = choose(engine, document, location, "read_region", selection, options)
    size = prod(selection.shape) * document.dtype.itemsize
    if size > options.decoded_size_budget or document.chunk_nbytes > options.decoded_size_budget:
        refuse_size(document, size, options)
    if out is not None:
        check_out(out, document.dtype, selection.shape)
    return backend.read_region(document, location, selection, out=out, options=options)


def write_region(
    document: Document,
    location: Location,
    selection: Selection,
    value: npt.ArrayLike,
    engine: Engine,
    options: Options | None,
) -> None:
    """Write a lowered selection through the backend that `engine` names."""
    options = options or DEFAULT_OPTIONS
    backend = choose(engine, document, location, "write_region", selection, options)
    check_writable(location.store)
    if document.chunk_nbytes > options.decoded_size_budget:
        refuse_size(document, 0, options)
    array = as_value(value, document.dtype, selection.shape)
    if array.size:
        backend.write_region(document, location, selection, array, options=options)


def read_chunk(
    document: Document,
    location: Location,
    index: tuple[int, ...],
    out: npt.NDArray[Any] | None,
    engine: Engine,
    options: Options | None,
) -> npt.NDArray[Any]:
    """Read one chunk through the backend that `engine` names."""
    options = options or DEFAULT_OPTIONS
    backend = choose(engine, document, location, "read_chunk", None, options)
    if document.chunk_nbytes > options.decoded_size_budget:
        refuse_size(document, 0, options)
    if out is not None:
        check_out(out, document.dtype, document.chunk_shape_at(index))
    return backend.read_chunk(document, location, index, out=out, options=options)


def write_chunk(
    document: Document,
    location: Location,
    index: tuple[int, ...],
    value: npt.NDArray[Any],
    engine: Engine,
    options: Options | None,
) -> None:
    """Write one chunk through the backend that `engine` names."""
    options = options or DEFAULT_OPTIONS
    backend = choose(engine, document, location, "write_chunk", None, options)
    check_writable(location.store)
    if document.chunk_nbytes > options.decoded_size_budget:
        refuse_size(document, 0, options)
    backend.write_chunk(document, location, index, value, options=options)
