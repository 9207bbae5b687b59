"""Bit-exact fill values, which zarr's own conversions between JSON and NumPy do not preserve.

A NaN other than the standard one is spelled by its bits in JSON: `"0x7fc12345"`. Zarr reads that
through Python's float, which makes a signalling NaN quiet, and writes `"NaN"` for all NaNs. The
document decides: `"NaN"` is the standard NaN, whatever the sign of the one from which the array was
made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._document.casting import cast

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.common import JSON
    from zarr.core.metadata.v2 import ArrayV2Metadata
    from zarr.core.metadata.v3 import ArrayV3Metadata

FLOAT: Final = "f"
COMPLEX: Final = "c"


def fill_of(
    metadata: ArrayV2Metadata | ArrayV3Metadata, given: object
) -> tuple[Any, npt.NDArray[Any]]:
    """Return the fill value of an array, as zarr represents it and as an array of one element.

    `given` is the fill value in the document. The element is an array of shape (1,), in the byte
    order of the data type; both have the bits that the document gives. A fill value of null, which
    format 2 allows, is the default of the data type.
    """
    value: Any = metadata.fill_value
    if value is None:
        value = metadata.dtype.default_scalar()
    dtype = metadata.dtype.to_native_dtype()
    element = np.empty(1, dtype)
    if dtype.hasobject or dtype.kind == "T":
        element[0] = value
        return value, element
    element = cast(np.array([value], dtype=dtype), dtype)
    if not _set_bits(element, given):
        return value, element
    return element[0], element


def _set_bits(element: npt.NDArray[Any], given: object) -> bool:
    """Set the NaNs of an element from the document; return whether there are any."""
    dtype = element.dtype
    if dtype.names is not None:
        if not isinstance(given, Mapping):
            return False
        parts = [(element[name], given.get(name)) for name in dtype.names]
    elif dtype.kind == COMPLEX and isinstance(given, (list, tuple)):
        words = element.view(_float_of(dtype))
        parts = [(words[i : i + 1], part) for i, part in enumerate(given)]
    else:
        return _set_number(element, given)
    # A list, not a generator: every part must be set, also after the first NaN.
    found = [_set_bits(*part) for part in parts]
    return any(found)


def _set_number(element: npt.NDArray[Any], given: object) -> bool:
    dtype = element.dtype
    if dtype.kind != FLOAT:
        return False
    if given == "NaN" or (isinstance(given, float) and given != given):
        element[...] = np.nan
        return True
    # Zarr converts numbers whose bits are of another width, and does not lose those.
    digits = 2 * dtype.itemsize
    if isinstance(given, str) and given.startswith("0x") and len(given) == 2 + digits:
        element.view(f"{dtype.byteorder}u{dtype.itemsize}")[0] = int(given, 16)
        return True
    return False


def exact_json(value: Any, dtype: np.dtype[Any], spelled: JSON) -> JSON:
    """Return the fill value `value` for a document of format 3; `spelled` may lose its bits.

    `spelled` is what zarr writes for it.
    """
    if dtype.names is not None:
        if not isinstance(spelled, dict):
            return spelled
        return {name: exact_json(value[name], dtype[name], spelled[name]) for name in spelled}
    if dtype.kind == COMPLEX and isinstance(spelled, (list, tuple)):
        words = np.array([value], dtype).view(_float_of(dtype))
        return [
            exact_json(word, words.dtype, part) for word, part in zip(words, spelled, strict=True)
        ]
    if dtype.kind != FLOAT or spelled != "NaN":
        return spelled
    native = dtype.newbyteorder("=")
    bits, usual = np.array([value, np.nan], native).view(f"u{dtype.itemsize}").tolist()
    # Arithmetic produces NaNs of either sign; the sign has no meaning.
    if bits & ~(1 << 8 * dtype.itemsize - 1) == usual:
        return spelled
    return f"0x{bits:0{2 * dtype.itemsize}x}"


def _float_of(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"{dtype.byteorder}f{dtype.itemsize // 2}")
