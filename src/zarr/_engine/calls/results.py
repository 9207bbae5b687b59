"""Results of reads, in the order, type and memory that zarr's own path gives them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

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

__all__ = ["read_elements", "read_points"]


def read_elements(call: Call, out: NDBuffer | None, fields: Fields | None) -> npt.NDArray[Any]:
    """Read a selection that is not a list of points."""
    return _read(call, _out_array(out, call.selection.shape), fields)


def read_points(call: Call, out: NDBuffer | None, fields: Fields | None) -> npt.NDArray[Any]:
    """Read a list of points, in the shape of its indices."""
    if out is None:
        found = call.read(None)
        return _picked(found, fields) if fields else found
    # Upstream fills `out`, which is flat, and returns a copy in the shape of the indices.
    shape = call.selection.shape
    flat = call._replace(selection=call.selection._replace(shape=(prod(shape),)))
    target = _out_array(out, flat.selection.shape)
    return np.array(_read(flat, target, fields)).reshape(shape)


def _read(call: Call, out: npt.NDArray[Any] | None, fields: Fields | None) -> npt.NDArray[Any]:
    dtype, shape = call.document.dtype, call.selection.shape
    target = out
    if target is None and not fields and order_of(call.array) == "F":
        check_result(call.document, shape, call.options)
        target = empty(shape, dtype, "F")
    # Upstream assigns to any `out`; backends fill only plain arrays of their own data type.
    plain = type(target) is np.ndarray and target.dtype == dtype
    direct = target if plain and not fields else None
    found = call.read(direct)
    if fields:
        found = _picked(found, fields)
    if target is None or found is target:
        return found
    target[...] = found
    return target


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
