"""Missing values that an array cannot represent: refused rather than converted.

NumPy converts anything to text, and drops masks. Where text is required, a missing value is a
`None`, a NaN or another Python object that does not equal itself, or an element of NumPy's
`StringDType` whose missing value is not a string. A masked element is missing for any data type.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._errors import MissingValueError

if TYPE_CHECKING:
    import numpy.typing as npt

# NumPy's kinds of text: of fixed and variable length, and bytes.
TEXT_KINDS: Final = frozenset("TUS")

# Types whose objects need no check.
PLAIN: Final = frozenset({str, bytes, np.str_, np.bytes_})


def check_given(value: npt.ArrayLike, dtype: np.dtype[Any]) -> None:
    """Refuse a scalar or nested lists with a missing value for elements of `dtype`."""
    if type(value) in PLAIN:
        return
    wanted = _with_objects(dtype)
    if wanted is not None:
        _check_objects(np.asarray(value, dtype=wanted))


def check_masks_in(values: npt.ArrayLike) -> None:
    """Refuse lists that contain a masked array with masked elements."""
    if isinstance(values, (list, tuple)):
        for kind in set(map(type, values)):
            if issubclass(kind, np.ma.MaskedArray):
                for value in values:
                    check_mask(value)
            elif issubclass(kind, (list, tuple)):
                for value in values:
                    check_masks_in(value)


def check_mask(value: object) -> None:
    """Refuse a masked array with masked elements."""
    if isinstance(value, np.ma.MaskedArray):
        # The mask of a structure has a flag for each field.
        mask = np.ascontiguousarray(np.ma.getmaskarray(value))
        if mask.view(bool).any():
            raise MissingValueError(
                "the value is a masked array, and an array has no mask; write `value.filled(...)`, "
                "or `value.data` for what is below the mask"
            )


def check_array(array: npt.NDArray[Any], dtype: np.dtype[Any]) -> None:
    """Refuse an array with a missing value for elements of `dtype`."""
    kind = array.dtype.kind
    if kind == "T":
        # A date can itself be missing, and NumPy refuses missing numbers.
        if dtype.kind not in "mM" and not isinstance(getattr(array.dtype, "na_object", ""), str):
            _check_strings(array)
    elif kind in "OV" and array.dtype.hasobject:
        wanted = _with_objects(dtype)
        if wanted is not None:
            _check_objects(array.astype(wanted, copy=False))


@lru_cache(maxsize=256)
def _with_objects(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """Return the data type with objects instead of text; `None` if it has no text.

    Objects do not count as text: their codec decides about missing ones.
    """
    if dtype.kind in TEXT_KINDS:
        return np.dtype(object)
    fields = [(name, dtype[name]) for name in dtype.names or ()]
    changed = [(name, _with_objects(field) or field) for name, field in fields]
    return np.dtype(changed) if changed != fields else None


def _check_strings(array: npt.NDArray[Any]) -> None:
    for element in array.astype(object).reshape(-1).tolist():
        if not isinstance(element, str):
            _refuse(element)


def _check_objects(array: npt.NDArray[Any]) -> None:
    """Check the objects of an array, including those in its fields."""
    for name in array.dtype.names or ():
        if array.dtype[name].hasobject:
            _check_objects(array[name])
    if array.dtype.names is not None:
        return
    elements = array.reshape(-1).tolist()
    if not PLAIN.issuperset(map(type, elements)):
        for element in elements:
            if type(element) not in PLAIN and _is_missing(element):
                _refuse(element)


def _is_missing(element: Any) -> bool:
    try:
        return element is None or not element == element  # noqa: SIM201
    except TypeError:
        # For example `pandas.NA`, whose comparisons have no truth value.
        return True
    except ValueError:
        # An array is not an element; NumPy reports that.
        return False


def _refuse(element: object) -> None:
    raise MissingValueError(
        f"the value has a missing element, {element!r}, which the array's data type "
        "cannot hold; write something of your choice in its place"
    )
