"""Results of reads, in the order, type and memory that zarr's own path gives them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.core.buffer import NDBuffer
from zarr.core.indexing import check_fields
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.casting import empty
from zarr.crud._elements.values import check_result

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr._engine.calls.prepare import AnyArray, Call
    from zarr.core.indexing import Fields

__all__ = ["Target", "elements", "points"]


class Target(NamedTuple):
    """A read, the memory that it fills, and what becomes of that."""

    call: Call
    direct: npt.NDArray[Any] | None
    """What the backend fills; `None` for a new array."""

    array: npt.NDArray[Any] | None
    """What receives the elements in the end; `None` for a new array."""

    fields: Fields | None
    flat: tuple[int, ...] | None = None
    """The shape of points that are read into a flat array."""

    def result(self, found: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the result of the read that returned `found`."""
        _, _, array, fields, shape = self
        if fields:
            found = _picked(found, fields)
        if array is not None and found is not array:
            array[...] = found
            found = array
        return found if shape is None else np.array(found).reshape(shape)


def elements(call: Call, out: NDBuffer | None, fields: Fields | None) -> Target:
    """Return the target of a selection that is not a list of points."""
    return _target(call, _out_array(out, call.selection.shape), fields)


def points(call: Call, out: NDBuffer | None, fields: Fields | None) -> Target:
    """Return the target of a list of points, which are read in the shape of their indices."""
    if out is None:
        return Target(call, None, None, fields)
    # Upstream fills `out`, which is flat, and returns a copy in the shape of the indices.
    shape = call.selection.shape
    flat = call._replace(selection=call.selection._replace(shape=(prod(shape),)))
    target = _out_array(out, flat.selection.shape)
    return _target(flat, target, fields)._replace(flat=shape)


def _target(call: Call, array: npt.NDArray[Any] | None, fields: Fields | None) -> Target:
    dtype, shape = call.document.dtype, call.selection.shape
    if array is None and not fields and order_of(call.array) == "F":
        check_result(call.document, shape, call.options)
        array = empty(shape, dtype, "F")
    # Upstream assigns to any `out`; backends fill only plain arrays of their own data type.
    plain = type(array) is np.ndarray and array.dtype == dtype
    return Target(call, array if plain and not fields else None, array, fields)


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


def order_of(array: AnyArray) -> str:
    """Return the memory order of results; for format 2, that of the document."""
    metadata = array.metadata
    return metadata.order if isinstance(metadata, ArrayV2Metadata) else array.config.order
