"""The memory of elements of variable length, which arrays only refer to."""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def nbytes_of_texts(values: npt.NDArray[Any]) -> int:
    """Return the bytes of texts and objects beside the array itself; 0 for all other data types.

    Examples
    --------
    >>> nbytes_of_texts(np.zeros(3))
    0
    >>> nbytes_of_texts(np.array(["a" * 40, "b"], "T"))
    41
    """
    if values.dtype.kind == "T":
        return int(np.strings.str_len(values).sum())
    if values.dtype.hasobject:
        return sum(map(getsizeof, values.flat))
    return 0
