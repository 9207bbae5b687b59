"""Conversion of elements to the data type of the extension, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud.backends import cast
from zarr.zarrs._document import Conversion, prepare

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud.backends import Document
    from zarr.zarrs._document import Prepared

SAME: Final = Conversion.SAME


def converted_value(value: npt.NDArray[Any], prepared: Prepared) -> npt.NDArray[Any]:
    """Return a value to write in the form that the extension accepts."""
    if prepared.conversion is Conversion.VIEWED:
        return viewed(value, prepared.dtype)
    return cast(value, prepared.dtype)


def converted_out(out: npt.NDArray[Any], prepared: Prepared) -> npt.NDArray[Any] | None:
    """Return memory that the extension may fill instead of `out`; `None` if it cannot."""
    return viewed(out, prepared.dtype) if prepared.conversion is Conversion.VIEWED else None


def converted_back(
    found: npt.NDArray[Any], document: Document, out: npt.NDArray[Any] | None
) -> npt.NDArray[Any]:
    """Return the result of a read in the document's data type, in `out` if that is given."""
    if document.derive(prepare).conversion is Conversion.VIEWED:
        return viewed(found, document.dtype) if out is None else out
    if out is None:
        return cast(found, document.dtype)
    np.copyto(out, found)
    return out


def viewed(array: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return the same memory with elements of another data type of the same size."""
    return array.view(dtype)
