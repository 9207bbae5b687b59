"""Comparisons that a difference in bits, shape or type cannot slip through."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata

# NumPy's kinds of elements that are only references to what they are.
ELSEWHERE: Final = frozenset("TO")


def bits(array: npt.ArrayLike) -> tuple[tuple[int, ...], np.dtype[Any], bytes]:
    """What must be equal for two arrays to be the same: shape, data type, and every bit."""
    array = np.asarray(array)
    if array.dtype.kind in ELSEWHERE:
        return array.shape, array.dtype, repr(array.tolist()).encode()
    return array.shape, array.dtype, array.tobytes()


def assert_same(found: npt.ArrayLike, expected: npt.ArrayLike) -> None:
    """Fail unless both are bit for bit the same array."""
    wanted = np.asarray(expected).dtype
    if isinstance(found, np.generic) and found.dtype.kind in "SU":
        # A scalar string has the length of its text, not that of the array's data type.
        found = np.asarray(found, dtype=wanted)
    elif isinstance(found, (str, bytes)) and wanted.kind in ELSEWHERE:
        # A scalar is a plain one of Python.
        found = np.asarray(found, dtype=wanted)
    elif isinstance(found, np.generic) and found.dtype == wanted.newbyteorder("="):
        # A scalar is a number, in the byte order of the machine.
        found = np.asarray(found, dtype=wanted)
    if bits(found) != bits(expected):
        raise AssertionError(
            f"found {np.asarray(found)!r} of {np.asarray(found).dtype},\n"
            f"expected {np.asarray(expected)!r} of {np.asarray(expected).dtype}"
        )


def fill_of(metadata: ArrayV2Metadata | ArrayV3Metadata) -> Any:
    """What missing chunks read as: for a null of format 2, the default of the data type."""
    fill_value = metadata.fill_value
    return metadata.dtype.default_scalar() if fill_value is None else fill_value
