"""Arrays that may share memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


def overlapping(arrays: Mapping[int, npt.NDArray[Any]]) -> set[int]:
    """Return the keys of arrays whose first and last bytes enclose a byte of another array.

    Interleaved columns of one array count, too, although they share no element: to tell them apart
    takes long. Costs a sort.
    """
    spans = [(*_bounds(array), key) for key, array in arrays.items() if array.size]
    spans.sort()
    found: set[int] = set()
    furthest, owner = 0, -1
    for start, end, key in spans:
        if start < furthest:
            found |= {owner, key}
        if end > furthest:
            furthest, owner = end, key
    return found


def _bounds(array: npt.NDArray[Any]) -> tuple[int, int]:
    if array.flags.c_contiguous:
        start = array.__array_interface__["data"][0]
        return start, start + array.nbytes
    return np.lib.array_utils.byte_bounds(array)
