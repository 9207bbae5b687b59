"""From parsed input into a backend: the checks that all backends share, then one call.

These run at every call: arguments go by position, and a check costs no call where it passes.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from zarr.crud._store import Location, check_writable
from zarr.crud._values import as_value, check_chunk, check_result, checked_out

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._contract import CrudBackend
    from zarr.crud._document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection import Selection


def read_region(
    backend: CrudBackend,
    document: Document,
    location: Location,
    selection: Selection,
    out: npt.NDArray[Any] | None,
    options: Options,
) -> npt.NDArray[Any]:
    """Read a lowered selection through a backend."""
    size, budget = prod(selection.shape) * document.dtype.itemsize, options.decoded_size_budget
    if not 0 < size <= budget or document.chunk_nbytes > budget:
        check_result(document, selection.shape, options)
    if out is None:
        return backend.read_region(document, location, selection, out=None, options=options)
    memory = checked_out(out, document.dtype, selection.shape)
    backend.read_region(document, location, selection, out=memory, options=options)
    return out


def write_region(
    backend: CrudBackend,
    document: Document,
    location: Location,
    selection: Selection,
    value: npt.ArrayLike,
    options: Options,
) -> None:
    """Write a lowered selection through a backend."""
    check_writable(location.store)
    if document.chunk_nbytes > options.decoded_size_budget and 0 not in selection.shape:
        check_chunk(document, options)
    array = as_value(value, document.dtype, selection.shape)
    if array.size:
        backend.write_region(document, location, selection, array, options=options)


def read_chunk(
    backend: CrudBackend,
    document: Document,
    location: Location,
    index: tuple[int, ...],
    out: npt.NDArray[Any] | None,
    options: Options,
) -> npt.NDArray[Any]:
    """Read one chunk through a backend."""
    if document.chunk_nbytes > options.decoded_size_budget:
        check_chunk(document, options)
    if out is None:
        return backend.read_chunk(document, location, index, out=None, options=options)
    memory = checked_out(out, document.dtype, document.chunk_shape_at(index))
    backend.read_chunk(document, location, index, out=memory, options=options)
    return out


def write_chunk(
    backend: CrudBackend,
    document: Document,
    location: Location,
    index: tuple[int, ...],
    value: npt.NDArray[Any],
    options: Options,
) -> None:
    """Write one chunk through a backend."""
    check_writable(location.store)
    if document.chunk_nbytes > options.decoded_size_budget:
        check_chunk(document, options)
    backend.write_chunk(document, location, index, value, options=options)
