"""Arrays of exactly the requested data type, even where NumPy would change it.

For dates and time spans without a unit, such as `>M8[2generic]`, NumPy's constructors drop the byte
order and the scale, and `astype` keeps those of the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

# NumPy's kinds of dates and time spans.
TIME_KINDS: Final = frozenset("mM")


def empty(
    shape: tuple[int, ...], dtype: np.dtype[Any], order: Literal["C", "F"] = "C"
) -> npt.NDArray[Any]:
    """Return a new, uninitialised array of exactly `dtype`."""
    made = np.empty(shape, dtype, order)
    return made.view(dtype) if dtype.kind in TIME_KINDS else made


def cast(array: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return `array` with elements of exactly `dtype`, converted as `astype` does.

    It is not copied if it already has that data type.
    """
    if array.dtype == dtype:
        return array
    if not _has_no_unit(dtype):
        return array.astype(dtype, order="A")
    made = empty(array.shape, dtype, "F" if array.flags.fnc else "C")
    # Convert numbers to counts of time units first; assignment does not do so.
    times = array if array.dtype.kind == dtype.kind else array.astype(f"{dtype.kind}8")
    np.copyto(made, times, casting="unsafe")
    return made


def _has_no_unit(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in TIME_KINDS and np.datetime_data(dtype)[0] == "generic"
