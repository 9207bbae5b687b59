"""Strict comparisons: of bits, shape and data type."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata

# NumPy's kinds of elements that are references to objects.
ELSEWHERE: Final = frozenset("TO")


def bits(array: npt.ArrayLike) -> tuple[tuple[int, ...], np.dtype[Any], bytes]:
    """The values that are equal for equal arrays: shape, data type, and all bits."""
    array = np.asarray(array)
    if array.dtype.kind in ELSEWHERE:
        return array.shape, array.dtype, repr(array.tolist()).encode()
    return array.shape, array.dtype, array.tobytes()


def assert_same(found: npt.ArrayLike, expected: npt.ArrayLike) -> None:
    """Fail unless both arrays are equal, bit for bit."""
    wanted = np.asarray(expected).dtype
    if isinstance(found, np.generic) and found.dtype.kind in "SU":
        # A scalar string has the length of its text, not that of the array's data type.
        found = np.asarray(found, dtype=wanted)
    elif isinstance(found, (str, bytes)) and wanted.kind in ELSEWHERE:
        # A scalar is a plain Python object.
        found = np.asarray(found, dtype=wanted)
    elif isinstance(found, np.generic) and found.dtype == wanted.newbyteorder("="):
        # A scalar is a number in native byte order.
        found = np.asarray(found, dtype=wanted)
    if bits(found) != bits(expected):
        raise AssertionError(
            f"found {np.asarray(found)!r} of {np.asarray(found).dtype},\n"
            f"expected {np.asarray(expected)!r} of {np.asarray(expected).dtype}"
        )


def fill_of(metadata: ArrayV2Metadata | ArrayV3Metadata) -> Any:
    """The value of missing chunks: for a null fill value of format 2, the data type's default."""
    fill_value = metadata.fill_value
    return metadata.dtype.default_scalar() if fill_value is None else fill_value
