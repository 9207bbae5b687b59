"""Conversion and checks of values to write, arrays to fill, and sizes."""

from __future__ import annotations

import sys
from math import prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._document.casting import cast
from zarr.crud._elements.bounds import check_bounds
from zarr.crud._elements.missing import check_array, check_given, check_mask, check_masks_in
from zarr.crud._errors import DecodedSizeError, ValueShapeError, undecodable
from zarr.crud._selection.chunk_parts import chunk_parts

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location

# NumPy's kinds of numbers and dates, which hold no text.
NUMBERS: Final = frozenset("biufcmM")

PYTHON_NUMBERS: Final = frozenset({bool, int, float, complex})


def as_array(value: npt.ArrayLike, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return `value` as a plain array of exactly `dtype`; not copied if it is one already.

    Scalars and lists are converted to `dtype` directly: NumPy's own choice of a data type may lose
    information. A Python scalar that `dtype` cannot hold raises an `OverflowError`; an array is
    cast as NumPy's `astype` does. A missing value for text, or a masked one, raises a
    `MissingValueError`.
    """
    if type(value) is np.ndarray and value.dtype == dtype and dtype.kind != "O":
        return value
    if type(value) in PYTHON_NUMBERS and dtype.kind in NUMBERS:
        # As below, with fewer checks.
        return cast(np.asarray(value, dtype=dtype), dtype)
    if hasattr(value, "dtype") and not np.isscalar(value):
        check_mask(value)
        # Not a subclass: an item of a matrix is a matrix of equally many axes.
        array = np.asarray(value)
        check_array(array, dtype)
    else:
        check_masks_in(value)
        if dtype.kind not in NUMBERS:
            check_given(value, dtype)
            check_bounds(value, dtype)
        array = np.asarray(value, dtype=dtype)
    array = cast(array, dtype)
    # Backends access objects by address.
    return array if dtype.kind != "O" or array.flags.aligned else array.copy()


def as_value(
    value: npt.ArrayLike, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    """Return `value` as an array of `dtype`, broadcast to `shape` without a copy.

    See `as_array`. Leading axes of length 1 that `shape` lacks are dropped, as in an assignment.
    """
    array = as_array(value, dtype)
    if array.shape == shape:
        return array
    while array.ndim > len(shape) and array.shape[0] == 1:
        # The ellipsis keeps an array of its data type; without it the last item is a scalar.
        array = array[0, ...]
    try:
        return np.broadcast_to(array, shape)
    except ValueError as err:
        if 0 in shape and _would_fit(array.shape, shape):
            # There is nothing to write, and NumPy has no array of such a shape.
            return array.reshape(-1)[:0]
        raise ValueShapeError(
            f"shape mismatch: a value of shape {array.shape} does not broadcast to the selection's "
            f"shape {shape}"
        ) from err


def _would_fit(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    pairs = zip(given[::-1], shape[::-1], strict=False)
    return len(given) <= len(shape) and all(n in (1, length) for n, length in pairs)


def as_chunk(value: npt.ArrayLike, document: Document, index: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return `value` as one whole chunk of the document's array; only a scalar is broadcast."""
    shape, dtype = document.chunk_shape_at(index), document.dtype
    if type(value) is np.ndarray and value.dtype == dtype and dtype.kind != "O":
        # As `as_array` does, without the call.
        array: npt.NDArray[Any] = value
    else:
        array = as_array(value, dtype)
    if array.shape == shape:
        return array
    if array.shape:
        raise ValueShapeError(f"the value has shape {array.shape}; the chunk has shape {shape}")
    return np.broadcast_to(array, shape)


def checked_out(
    out: npt.NDArray[Any], dtype: np.dtype[Any], shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    """Return the memory of `out` as a plain array; refuse one that a read cannot fill directly."""
    if not isinstance(out, np.ndarray):
        raise ValueShapeError(f"out must be a numpy array, not {type(out).__name__}")
    if out.shape != shape:
        raise ValueShapeError(f"out has shape {out.shape}; the result has shape {shape}")
    if out.dtype != dtype:
        raise ValueShapeError(f"out has data type {out.dtype}; the result has {dtype}")
    if not out.flags.writeable:
        raise ValueShapeError("out is a read-only array; pass one that can be written to")
    if isinstance(out, np.ma.MaskedArray):
        raise ValueShapeError("out is a masked array, and a mask hides what is read; pass its data")
    return np.asarray(out)


def check_result(document: Document, shape: tuple[int, ...], options: Options) -> None:
    """Refuse a result of `shape`, or a chunk needed for it, above the budget.

    A result without elements touches no chunk and takes no memory.
    """
    itemsize, budget = document.dtype.itemsize, options.decoded_size_budget
    if 0 in shape:
        # NumPy multiplies the other axes even for an empty array.
        spanned = prod(length for length in shape if length) * itemsize
        if spanned > sys.maxsize:
            raise DecodedSizeError(
                f"the result has no elements, and NumPy has no array of its shape {shape}, whose "
                f"other axes alone span {spanned} bytes; select less along them"
            )
        return
    nbytes = prod(shape) * itemsize
    if nbytes > budget:
        raise DecodedSizeError(
            f"the result takes {nbytes} bytes, above the budget of {budget} bytes; "
            "select less, or raise decoded_size_budget in zarr.crud.Options"
        )
    check_chunk(document, options)


def check_chunk(document: Document, options: Options) -> None:
    """Refuse chunks above the budget."""
    size, budget = document.chunk_nbytes, options.decoded_size_budget
    if size > budget:
        raise DecodedSizeError(
            f"one chunk takes {size} bytes, above the budget of {budget} bytes; "
            "raise decoded_size_budget in zarr.crud.Options"
        )


def scalar_of(found: npt.NDArray[Any]) -> Any:
    """Return the one element of an array of rank 0 that was read; `None` for invalid text.

    If it is `None`, read again on the slow path; `as_scalar` then names the damaged chunk.
    """
    try:
        return found[()]
    except (SystemError, ValueError):
        return None


def as_scalar(
    found: npt.NDArray[Any], document: Document, location: Location, selection: Selection
) -> Any:
    """Return the one element of an array of rank 0 that was read.

    NumPy makes a scalar of all bits except code points beyond Unicode.
    """
    try:
        return found[()]
    except (SystemError, ValueError) as err:
        part = next(chunk_parts(selection, document.chunk_grid))
        key = location.key(document.array.encode_chunk_key(part.chunk))
        raise undecodable(key, location.store, f"an element is not text: {err}") from err
