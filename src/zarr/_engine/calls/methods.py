"""Implementations of the methods of zarr's array classes, with the semantics of zarr's own path.

Each returns `UNSERVED` before doing anything if `"auto"` leaves the work to that path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, Final, Literal

from zarr._engine.calls.fast_path import KINDS, of_kind, read_plain
from zarr._engine.calls.item_dialect import item_dialect
from zarr._engine.calls.prepare import Call, prepare
from zarr._engine.calls.results import elements, points
from zarr.core.indexing import check_fields
from zarr.core.sync import sync
from zarr.crud._elements.values import as_array, as_scalar
from zarr.crud._errors import UnsupportedError, ValueShapeError
from zarr.crud._stores.threads import run_in_worker

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zarr._engine.calls.prepare import AnyArray
    from zarr._engine.calls.results import Target
    from zarr.core.buffer import BufferPrototype, NDBuffer
    from zarr.core.indexing import Fields
    from zarr.crud._selection.basic import Kind

__all__ = [
    "READS",
    "UNSERVED",
    "WRITES",
    "item_dialect",
    "read",
    "read_item",
    "run_in_worker",
    "write",
    "write_async",
]


class Unserved(Enum):
    """The one value of its type."""

    UNSERVED = "unserved"


UNSERVED: Final = Unserved.UNSERVED

type Served = npt.NDArray[Any] | np.generic | Literal[Unserved.UNSERVED]


def read_item(array: AnyArray, selection: Any) -> Served:
    """Read `array[selection]`; if the dialect is unclear, upstream's code selects the method."""
    plain = read_plain(array, selection)
    if plain is not None and plain.shape:
        return plain
    kind = item_dialect(selection, array.metadata.shape)
    if kind is None:
        return UNSERVED
    found = of_kind(plain, kind)
    return _read(array, selection, kind, None, None, None) if found is None else found


def read(
    array: AnyArray,
    selection: Any,
    kind: Kind,
    *,
    out: NDBuffer | None = None,
    prototype: BufferPrototype | None = None,
    fields: Fields | None = None,
) -> Served:
    """Read a selection of any dialect; see the `get_*_selection` methods of `Array`."""
    if out is None and prototype is None and not fields and kind in KINDS:
        found = of_kind(read_plain(array, selection), kind)
        if found is not None:
            return found
    return _read(array, selection, kind, out, prototype, fields)


def _read(
    array: AnyArray,
    selection: Any,
    kind: Kind,
    out: NDBuffer | None,
    prototype: BufferPrototype | None,
    fields: Fields | None,
) -> Served:
    """Read on the slow path: lower the selection, then ask a backend whether it serves."""
    planned = plan(array, selection, kind, out, prototype, fields)
    return UNSERVED if planned is None else read_planned(planned, kind)


def read_planned(planned: Target, kind: Kind) -> npt.NDArray[Any] | np.generic:
    """Read in the calling thread."""
    return finished(planned, planned.call.read(planned.direct), kind)


def plan(
    array: AnyArray,
    selection: Any,
    kind: Kind,
    out: NDBuffer | None,
    prototype: BufferPrototype | None,
    fields: Fields | None,
) -> Target | None:
    """Return the read of a selection; `None` if `"auto"` leaves it to upstream's path."""
    call = prepare(array, "read_region", kind, selection, prototype)
    if call is None:
        return None
    return (points if kind == "coordinate" else elements)(call, out, fields)


def finished(planned: Target, found: npt.NDArray[Any], kind: Kind) -> npt.NDArray[Any] | np.generic:
    """Return the result of a read that returned `found`."""
    result = planned.result(found)
    if result.shape or kind != "basic":
        return result
    call = planned.call
    scalar: np.generic = as_scalar(result, call.document, call.location, call.selection)
    return scalar


def write(
    array: AnyArray,
    selection: Any,
    value: npt.ArrayLike,
    kind: Kind,
    *,
    prototype: BufferPrototype | None = None,
    fields: Fields | None = None,
) -> Literal[Unserved.UNSERVED] | None:
    """Write a selection of any dialect; see the `set_*_selection` methods of `Array`."""
    call = _prepared_write(array, selection, kind, prototype, fields)
    if call is None:
        return UNSERVED
    if array.metadata._stored_document is not None and 0 not in call.selection.shape:
        sync(array._store_repaired_document())
    call.write(_as_points(call, value) if kind == "coordinate" else value)
    return None


async def write_async(
    array: AnyArray, selection: Any, value: npt.ArrayLike, prototype: BufferPrototype | None
) -> Literal[Unserved.UNSERVED] | None:
    """Write in a worker thread; see `AsyncArray.setitem`."""
    call = _prepared_write(array, selection, "basic", prototype, None)
    if call is None:
        return UNSERVED
    if 0 not in call.selection.shape:
        await array._store_repaired_document()
    await run_in_worker(call.write, value)
    return None


def _prepared_write(
    array: AnyArray,
    selection: Any,
    kind: Kind,
    prototype: BufferPrototype | None,
    fields: Fields | None,
) -> Call | None:
    call = prepare(array, "write_region", kind, selection, prototype)
    if call is not None and fields:
        check_fields(fields, call.document.dtype)
        raise UnsupportedError(
            f"the engine {call.backend.name!r} does not write single fields; "
            f"read the elements, change {fields!r} in them, and write them whole"
        )
    return call


def _as_points(call: Call, value: npt.ArrayLike) -> npt.NDArray[Any]:
    """A value for points: a scalar, or one element per point in any shape, as in upstream."""
    array = as_array(value, call.document.dtype)
    shape = call.selection.shape
    if not array.shape or array.shape == shape:
        return array
    if array.size != prod(shape):
        raise ValueShapeError(
            f"Attempting to set a selection of {prod(shape)} elements with an array of "
            f"{array.size} elements."
        )
    return array.reshape(shape)


def _read_all(array: AnyArray, selection: Any = ..., **options: Any) -> Served:
    return read(array, selection, "basic", **options)


def _read_marked(array: AnyArray, mask: Any, **options: Any) -> Served:
    return read(array, mask, "mask", **options)


def _write_marked(
    array: AnyArray, mask: Any, value: npt.ArrayLike, **options: Any
) -> Literal[Unserved.UNSERVED] | None:
    return write(array, mask, value, "mask", **options)


READS: Final[Mapping[str, Callable[..., Served]]] = {
    "getitem": partial(read, kind="basic"),
    "get_basic_selection": _read_all,
    "get_orthogonal_selection": partial(read, kind="orthogonal"),
    "get_coordinate_selection": partial(read, kind="coordinate"),
    "get_mask_selection": _read_marked,
    "get_block_selection": partial(read, kind="block"),
}
"""The implementation of each reading method of zarr's array classes."""

WRITES: Final[Mapping[str, Callable[..., Literal[Unserved.UNSERVED] | None]]] = {
    "set_basic_selection": partial(write, kind="basic"),
    "set_orthogonal_selection": partial(write, kind="orthogonal"),
    "set_coordinate_selection": partial(write, kind="coordinate"),
    "set_mask_selection": _write_marked,
    "set_block_selection": partial(write, kind="block"),
}
"""The implementation of each writing method of zarr's array classes."""
