"""Values that are missing and that an array cannot hold as such: refused, not made something else.

NumPy makes text of everything, and forgets masks. Where text is wanted, a `None`, a NaN or whatever
else does not equal itself is missing among objects of Python; so is an element that NumPy's
`StringDType` marks by anything but a string; and so is one that is masked, wherever it goes.
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

# What no look at the objects is needed for.
PLAIN: Final = frozenset({str, bytes, np.str_, np.bytes_})


def check_given(value: npt.ArrayLike, dtype: np.dtype[Any]) -> None:
    """Refuse a scalar or nested lists with a missing value for elements of `dtype`."""
    if type(value) in PLAIN:
        return
    wanted = _with_objects(dtype)
    if wanted is not None:
        _check_objects(np.asarray(value, dtype=wanted))


def check_masks_in(values: npt.ArrayLike) -> None:
    """Refuse lists with a masked array in which something is masked."""
    if isinstance(values, (list, tuple)):
        for kind in set(map(type, values)):
            if issubclass(kind, np.ma.MaskedArray):
                for value in values:
                    check_mask(value)
            elif issubclass(kind, (list, tuple)):
                for value in values:
                    check_masks_in(value)


def check_mask(value: object) -> None:
    """Refuse a masked array in which something is masked."""
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
        # A date can be missing itself, and NumPy refuses numbers that are.
        if dtype.kind not in "mM" and not isinstance(getattr(array.dtype, "na_object", ""), str):
            _check_strings(array)
    elif kind in "OV" and array.dtype.hasobject:
        wanted = _with_objects(dtype)
        if wanted is not None:
            _check_objects(array.astype(wanted, copy=False))


@lru_cache(maxsize=256)
def _with_objects(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """Return the data type with objects in the place of text; `None` if it has no text.

    Objects are none: what they stand for when they are missing is for their codec to say.
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
    """Look at the objects of an array, those in its fields included."""
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
        # Such as `pandas.NA`, of which nobody can tell whether it equals anything.
        return True
    except ValueError:
        # An array is no element, which is for NumPy to say.
        return False


def _refuse(element: object) -> None:
    raise MissingValueError(
        f"the value has a missing element, {element!r}, which the array's data type "
        "cannot hold; write something of your choice in its place"
    )
