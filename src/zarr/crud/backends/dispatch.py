"""Calls of a backend with parsed input, after the checks that all backends share.

They run at every call, so arguments are positional, and a check that passes costs no call. Unless
the call is `detached`, it is checked that the node exists. Arrays always pass `detached`: their
node existed when they were opened.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from zarr.crud._document.presence import read_present, require_node
from zarr.crud._elements.values import as_value, check_chunk, check_result, checked_out
from zarr.crud._selection.chunk_parts import chunk_parts
from zarr.crud._stores import key_locks
from zarr.crud._stores.writable import check_writable
from zarr.crud.backends.selected import whole_chunk

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._selection.chunk_parts import ChunkPart
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import CrudBackend


def read_region(
    backend: CrudBackend,
    document: Document,
    location: Location,
    selection: Selection,
    out: npt.NDArray[Any] | None,
    options: Options,
    *,
    detached: bool,
) -> npt.NDArray[Any]:
    """Read a lowered selection through a backend."""
    memory = checked_region(document, selection, out, options)
    if detached or 0 in selection.shape:
        found = backend.read_region(document, location, selection, out=memory, options=options)
    else:
        read = partial(
            backend.read_region, document, location, selection, out=memory, options=options
        )
        grid = document.chunk_grid
        found = read_present(
            read,
            document,
            location,
            lambda: (p.chunk for p in chunk_parts(selection, grid)),
            backend.direct_store,
        )
    return found if out is None else out


def checked_region(
    document: Document, selection: Selection, out: npt.NDArray[Any] | None, options: Options
) -> npt.NDArray[Any] | None:
    """Return the memory of `out`; refuse what exceeds the budget or does not fit."""
    size, budget = prod(selection.shape) * document.dtype.itemsize, options.decoded_size_budget
    if not 0 < size <= budget or document.chunk_nbytes > budget:
        check_result(document, selection.shape, options)
    return None if out is None else checked_out(out, document.dtype, selection.shape)


def write_region(
    backend: CrudBackend,
    document: Document,
    location: Location,
    selection: Selection,
    value: npt.ArrayLike,
    options: Options,
    *,
    detached: bool,
) -> None:
    """Write a lowered selection through a backend."""
    check_writable(location.store)
    if document.chunk_nbytes > options.decoded_size_budget and 0 not in selection.shape:
        check_chunk(document, options)
    array = as_value(value, document.dtype, selection.shape)
    if array.size:
        if key_locks.holds_any():
            check_not_held(document, location, chunk_parts(selection, document.chunk_grid))
        if not detached:
            require_node(document, location, backend.direct_store)
        backend.write_region(document, location, selection, array, options=options)


def read_chunk(
    backend: CrudBackend,
    document: Document,
    location: Location,
    index: tuple[int, ...],
    out: npt.NDArray[Any] | None,
    options: Options,
    *,
    detached: bool,
) -> npt.NDArray[Any]:
    """Read one chunk through a backend."""
    memory = checked_whole(document, index, out, options)
    if detached:
        found = backend.read_chunk(document, location, index, out=memory, options=options)
    else:
        read = partial(backend.read_chunk, document, location, index, out=memory, options=options)
        found = read_present(read, document, location, lambda: (index,), backend.direct_store)
    return found if out is None else out


def checked_whole(
    document: Document,
    index: tuple[int, ...],
    out: npt.NDArray[Any] | None,
    options: Options,
) -> npt.NDArray[Any] | None:
    """Return the memory of `out` for a whole chunk, as `checked_region` does."""
    if document.chunk_nbytes > options.decoded_size_budget:
        check_chunk(document, options)
    if out is None:
        return None
    return checked_out(out, document.dtype, document.chunk_shape_at(index))


def write_chunk(
    backend: CrudBackend,
    document: Document,
    location: Location,
    index: tuple[int, ...],
    value: npt.NDArray[Any],
    options: Options,
    *,
    detached: bool,
) -> None:
    """Write one chunk through a backend."""
    check_writable(location.store)
    if document.chunk_nbytes > options.decoded_size_budget:
        check_chunk(document, options)
    if key_locks.holds_any():
        check_not_held(document, location, [whole_chunk(index, value.shape)])
    if not detached:
        require_node(document, location, backend.direct_store)
    backend.write_chunk(document, location, index, value, options=options)


def check_not_held(document: Document, location: Location, parts: Iterable[ChunkPart]) -> None:
    """Refuse to write chunks whose keys this thread holds."""
    encode_key = document.array.encode_chunk_key
    keys = (location.key(encode_key(part.chunk)) for part in parts)
    key_locks.check_not_held(location.store, keys)
