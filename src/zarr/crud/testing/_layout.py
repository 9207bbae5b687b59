"""The layout of an array in a test, and strategies that all formats share."""

from __future__ import annotations

from typing import Any, NamedTuple

import hypothesis.strategies as st
import numpy as np

# Fill values for which comparison by value and comparison by bits differ.
AWKWARD_FILLS: dict[str, list[Any]] = {
    "f": [0.0, -0.0, np.nan, -np.inf, 1.5],
    "c": [0j, complex(-0.0, 0.0), complex(np.nan, 1), 1 + 2j],
}


def is_of_numpy(dtype: np.dtype[Any]) -> bool:
    """Return whether a data type is one of NumPy's own, not of another package."""
    return dtype.isbuiltin != 2


class Layout(NamedTuple):
    """Keywords of `zarr.create_array` except the store, and the array's data type."""

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    keywords: dict[str, Any]


@st.composite
def shapes(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Draw a shape of rank 0 to 4, perhaps with zero-length axes, and a chunk shape."""
    rank = draw(st.integers(0, 4))
    shape = tuple(draw(st.lists(st.integers(0, 7), min_size=rank, max_size=rank)))
    chunks = tuple(draw(st.lists(st.integers(1, 4), min_size=rank, max_size=rank)))
    return shape, chunks


def fill_values(dtype: np.dtype[Any]) -> st.SearchStrategy[Any]:
    """Draw a fill value, `None` for the data type's default."""
    awkward = AWKWARD_FILLS.get(dtype.kind, [])
    if not is_of_numpy(dtype) and not awkward:
        # Zarr's pipelines find no chunk of such NaNs, and store all of them.
        awkward = [dtype.type(1), -dtype.type(0)]
    if dtype.kind in "iu":
        awkward = [np.iinfo(dtype).min, np.iinfo(dtype).max, 1]
    if dtype.kind == "b":
        awkward = [True]
    if dtype.names:
        awkward = [np.array(fields, dtype)[()] for fields in ((0, -0.0, b""), (1, 1.5, b"x"))]
    return st.sampled_from([None, *awkward])
