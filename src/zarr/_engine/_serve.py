"""What serves each method of zarr's array classes, with the semantics of zarr's own path.

Each function returns `UNSERVED`, having done nothing, where `"auto"` leaves the work to that path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from zarr._engine._call import Call, prepare
from zarr.core.buffer import NDBuffer
from zarr.core.indexing import check_fields
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.sync import sync
from zarr.crud._casting import empty
from zarr.crud._errors import UnsupportedError, ValueShapeError
from zarr.crud._values import as_scalar
from zarr.crud._workers import run_in_worker

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr._engine._call import AnyArray
    from zarr.core.buffer import BufferPrototype
    from zarr.core.indexing import Fields
    from zarr.crud._selection import Kind

__all__ = [
    "READS",
    "UNSERVED",
    "WRITES",
    "is_basic",
    "read_item",
    "run_in_worker",
    "write_async",
]

BASIC_TYPES: Final = frozenset({int, slice, EllipsisType})


class Unserved(Enum):
    """The one value of its type."""

    UNSERVED = "unserved"


UNSERVED: Final = Unserved.UNSERVED

type Served = npt.NDArray[Any] | np.generic | Literal[Unserved.UNSERVED]


def is_basic(selection: object) -> bool:
    """Tell whether `[...]` takes a selection as integers, slices and `...` only."""
    items = selection if type(selection) is tuple else (selection,)
    types = set(map(type, items))
    return types <= BASIC_TYPES or all(
        kind in BASIC_TYPES or issubclass(kind, np.integer) for kind in types
    )


def read_item(array: AnyArray, selection: Any) -> Served:
    """Read `array[selection]` for a basic selection."""
    items = selection if type(selection) is tuple else (selection,)
    # Upstream takes `a[5, 7]` as orthogonal, which gives an array of rank 0, but `a[()]`, `a[...]`
    # and NumPy's integers as basic, which give a scalar.
    return read(array, selection, "orthogonal" if set(map(type, items)) == {int} else "basic")


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
    call = prepare(array, "read_region", kind, selection, prototype)
    if call is None:
        return UNSERVED
    if kind == "coordinate":
        return _read_points(call, out, fields)
    found = _read(call, _out_array(out, call.selection.shape), fields)
    if found.shape or kind != "basic":
        return found
    scalar: np.generic = as_scalar(found, call.document, call.location, call.selection)
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


def _read(call: Call, out: npt.NDArray[Any] | None, fields: Fields | None) -> npt.NDArray[Any]:
    dtype, shape = call.document.dtype, call.selection.shape
    target = out
    if target is None and not fields and _order(call.array) == "F":
        target = empty(shape, dtype, "F")
    # Upstream casts to the type of a given `out`; backends fill their own type only.
    direct = target if target is not None and target.dtype == dtype and not fields else None
    found = call.read(direct)
    if fields:
        found = _picked(found, fields)
    if target is None or found is target:
        return found
    np.copyto(target, found, casting="unsafe")
    return target


def _read_points(call: Call, out: NDBuffer | None, fields: Fields | None) -> npt.NDArray[Any]:
    shape = call.selection.shape
    flat = call._replace(selection=call.selection._replace(shape=(int(np.prod(shape)),)))
    target = _out_array(out, flat.selection.shape)
    if target is None:
        found = call.read(None)
        return _picked(found, fields) if fields else found
    # Upstream fills `out`, which is flat, and returns a copy in the shape of the indices.
    return np.array(_read(flat, target, fields)).reshape(shape)


def _as_points(call: Call, value: npt.ArrayLike) -> npt.ArrayLike:
    """A value for points: a scalar, or one element for each point in any shape, as upstream."""
    array = np.asanyarray(value) if not np.isscalar(value) else None
    if array is None or not array.shape:
        return value
    shape = call.selection.shape
    if array.size != np.prod(shape):
        raise ValueShapeError(
            f"Attempting to set a selection of {np.prod(shape)} elements with an array of "
            f"{array.size} elements."
        )
    return array.reshape(shape)


def _picked(found: npt.NDArray[Any], fields: Fields) -> npt.NDArray[Any]:
    dtype = check_fields(fields, found.dtype)
    names = fields if isinstance(fields, (str, list)) else list(fields)
    return found[names].astype(dtype)


def _out_array(out: NDBuffer | None, shape: tuple[int, ...]) -> npt.NDArray[Any] | None:
    if out is None:
        return None
    if not isinstance(out, NDBuffer):
        raise TypeError(f"out argument needs to be an NDBuffer. Got {type(out)!r}")
    if out.shape != shape:
        raise ValueError(f"shape of out argument doesn't match. Expected {shape}, got {out.shape}")
    return out.as_numpy_array()


def _order(array: AnyArray) -> str:
    metadata = array.metadata
    return metadata.order if isinstance(metadata, ArrayV2Metadata) else array.config.order


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
"""What serves each reading method of zarr's array classes."""

WRITES: Final[Mapping[str, Callable[..., Literal[Unserved.UNSERVED] | None]]] = {
    "set_basic_selection": partial(write, kind="basic"),
    "set_orthogonal_selection": partial(write, kind="orthogonal"),
    "set_coordinate_selection": partial(write, kind="coordinate"),
    "set_mask_selection": _write_marked,
    "set_block_selection": partial(write, kind="block"),
}
"""What serves each writing method of zarr's array classes."""
