"""Python integers that the data type of an array cannot hold: refused rather than wrapped around.

NumPy refuses them for its own data types. The integers of `ml_dtypes` wrap around.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

PACKAGE: Final = "ml_dtypes"


def check_bounds(value: npt.ArrayLike, dtype: np.dtype[Any]) -> None:
    """Refuse an integer, or lists with one, that `dtype` cannot hold.

    Raises
    ------
    OverflowError
        As NumPy raises it.
    """
    if dtype.type.__module__ != PACKAGE or "int" not in dtype.name or hasattr(value, "dtype"):
        return
    given = np.asarray(value)
    # Integers of more than 64 bits are objects.
    if given.dtype.kind not in "iuO":
        return
    limits = sys.modules[PACKAGE].iinfo(dtype)
    for number in given.reshape(-1).tolist():
        if isinstance(number, int) and not limits.min <= number <= limits.max:
            raise OverflowError(f"Python integer {number} out of bounds for {dtype}")
