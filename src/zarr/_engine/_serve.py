"""What serves each method of zarr's array classes, with the semantics of zarr's own path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from zarr._engine._call import check, is_basic, parse, read, refuse_dialect, write
from zarr.core.sync import sync

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr._engine._call import AnyArray
    from zarr.core.buffer import BufferPrototype, NDBuffer
    from zarr.core.indexing import Fields
    from zarr.crud._selection import BasicSelection

__all__ = [
    "READS",
    "WRITES",
    "check",
    "is_basic",
    "read_item",
    "refuse_dialect",
    "write_async",
    "write_basic",
]


def read_item(array: AnyArray, selection: BasicSelection) -> Any:
    """Read `array[selection]` for a basic selection."""
    items = selection if type(selection) is tuple else (selection,)
    # Upstream takes `a[5, 7]` as orthogonal, which gives an array of rank 0, but `a[()]`, `a[...]`
    # and NumPy's integers as basic, which give a scalar.
    if set(map(type, items)) == {int}:
        return read(array, selection)
    return read_basic(array, selection)


def read_basic(
    array: AnyArray,
    selection: BasicSelection = ...,
    *,
    out: NDBuffer | None = None,
    prototype: BufferPrototype | None = None,
    fields: Fields | None = None,
) -> Any:
    """Read through the array's engine; see `Array.get_basic_selection`."""
    found = read(array, selection, out=out, prototype=prototype, fields=fields)
    return found if found.shape else found[()]


def read_orthogonal(
    array: AnyArray,
    selection: BasicSelection,
    *,
    out: NDBuffer | None = None,
    prototype: BufferPrototype | None = None,
    fields: Fields | None = None,
) -> Any:
    """Read through the array's engine; see `Array.get_orthogonal_selection`."""
    if not is_basic(selection):
        refuse_dialect(array, "orthogonal")
    return read(array, selection, out=out, prototype=prototype, fields=fields)


def write_basic(
    array: AnyArray,
    selection: BasicSelection,
    value: npt.ArrayLike,
    *,
    prototype: BufferPrototype | None = None,
    fields: Fields | None = None,
) -> None:
    """Write through the array's engine; see `Array.set_basic_selection`."""
    document, lowered = parse(array, selection, prototype, fields)
    if array.metadata._stored_document is not None:
        sync(array._store_repaired_document())
    write(array, document, lowered, value)


def write_orthogonal(
    array: AnyArray,
    selection: BasicSelection,
    value: npt.ArrayLike,
    *,
    prototype: BufferPrototype | None = None,
    fields: Fields | None = None,
) -> None:
    """Write through the array's engine; see `Array.set_orthogonal_selection`."""
    if not is_basic(selection):
        refuse_dialect(array, "orthogonal")
    write_basic(array, selection, value, prototype=prototype, fields=fields)


async def write_async(
    array: AnyArray,
    selection: BasicSelection,
    value: npt.ArrayLike,
    *,
    prototype: BufferPrototype | None = None,
) -> None:
    """Write in a worker thread; see `AsyncArray.setitem`."""
    document, lowered = parse(array, selection, prototype, None)
    await array._store_repaired_document()
    await asyncio.to_thread(write, array, document, lowered, value)


READS: Final[Mapping[str, Callable[..., Any]]] = {
    "getitem": read_basic,
    "get_basic_selection": read_basic,
    "get_orthogonal_selection": read_orthogonal,
}
"""What serves each reading method of zarr's array classes."""

WRITES: Final[Mapping[str, Callable[..., None]]] = {
    "set_basic_selection": write_basic,
    "set_orthogonal_selection": write_orthogonal,
}
"""What serves each writing method of zarr's array classes."""
