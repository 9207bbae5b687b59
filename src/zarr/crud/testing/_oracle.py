"""Comparisons that a difference in bits, shape or type cannot slip through."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def bits(array: npt.ArrayLike) -> tuple[tuple[int, ...], np.dtype[Any], bytes]:
    """What must be equal for two arrays to be the same: shape, data type, and every bit."""
    array = np.asarray(array)
    return array.shape, array.dtype, array.tobytes()


def assert_same(found: npt.ArrayLike, expected: npt.ArrayLike) -> None:
    """Fail unless both are bit for bit the same array."""
    if isinstance(found, np.generic) and found.dtype.kind in "SU":
        # A scalar string has the length of its text, not that of the array's data type.
        found = np.asarray(found, dtype=np.asarray(expected).dtype)
    if bits(found) != bits(expected):
        raise AssertionError(
            f"found {np.asarray(found)!r} of {np.asarray(found).dtype},\n"
            f"expected {np.asarray(expected)!r} of {np.asarray(expected).dtype}"
        )
