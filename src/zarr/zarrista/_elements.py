"""Elements: the data types that the library and zarr represent by the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

DATA_TYPES: Final = frozenset(
    {
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
        *("numpy.datetime64", "numpy.timedelta64"),
    }
)
"""The data types of format 3, by name, that the library is told."""

KINDS: Final = frozenset("biufc")
"""The kinds of NumPy's data types that are served in format 2."""


def is_opaque(dtype: np.dtype[Any]) -> bool:
    """Return whether the library may take elements of format 3 for plain bytes.

    Those of a fixed size: strings, bytes, structures, and the data types of `ml_dtypes`.
    """
    if dtype.hasobject or dtype.kind == "T" or not dtype.itemsize:
        return False
    return dtype.kind in "SUV" or dtype.isbuiltin == 2


def native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the data type with the byte order of the machine, which the library uses."""
    return dtype.newbyteorder("=")


def fill_json(fill: npt.NDArray[Any]) -> Any:
    """Return the fill value of format 3, given as one element, with all of its bits.

    Examples
    --------
    >>> import numpy as np
    >>> fill_json(np.array(-0.0, "f4"))
    '0x80000000'
    """
    element = fill.astype(native(fill.dtype)).reshape(())
    kind, size = element.dtype.kind, element.dtype.itemsize
    if kind == "c":
        parts = element.reshape(1).view(f"f{size // 2}")
        return [_hexadecimal(parts[:1]), _hexadecimal(parts[1:])]
    if kind == "f":
        return _hexadecimal(element)
    if kind == "b":
        return bool(element)
    if kind in "mM":
        return int(element.view("i8"))
    return int(element)


def _hexadecimal(element: npt.NDArray[Any]) -> str:
    return "0x" + element.astype(element.dtype.newbyteorder(">")).tobytes().hex()


def is_fill(chunk: npt.NDArray[Any], fill: bytes) -> bool:
    """Return whether each element of a chunk has the bytes of the fill value."""
    data = chunk.tobytes()
    return data.startswith(fill) and data == fill * chunk.size
