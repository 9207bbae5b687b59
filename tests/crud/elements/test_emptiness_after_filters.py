"""Subchunks after filters: whether one is empty depends on the bytes that a reader fills in."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest

import zarr
from zarr.codecs import ShardingCodec
from zarr.codecs import numcodecs as wrapped

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
]

OPTIONS: Final[dict[str, Any]] = {
    "shape": (7, 5),
    "chunks": (3, 2),
    "dtype": "<f4",
    "filters": [wrapped.BitRound(keepbits=22)],
    "serializer": ShardingCodec(chunk_shape=(3, 1)),
    "compressors": None,
    "engine": "reference",
}
"""Floats that reach shards as integers with the same bits."""


@pytest.mark.parametrize("fill", [0.0, -0.0, 0.5, 1065353216.0, -(2.0**31), np.nan, 1e10])
@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, 2.0])
def test_what_only_looks_like_the_fill_value_is_kept(fill: float, value: float) -> None:
    """Catches a comparison of integers with a float as numbers, or with the result of a cast."""
    array: Any = zarr.create_array({}, fill_value=fill, **OPTIONS)
    array[...] = value
    array[0, 0] = 3
    expected = np.full((7, 5), value, "<f4")
    expected[0, 0] = 3
    assert array[...].tobytes() == expected.tobytes()


@pytest.mark.parametrize("fill", [0.0, 0.5, 7.0, -3.0, np.nan, 1e10, np.inf])
def test_a_fill_value_that_a_filter_cannot_make_drops_nothing(fill: float) -> None:
    """Catches warnings from a cast for each chunk, or zeros that are not stored."""
    filters = [wrapped.AsType(encode_dtype="<i4", decode_dtype="<f8")]
    # Whole chunks: elements beyond the array have the fill value, which the filter cannot take.
    options = OPTIONS | {"filters": filters, "dtype": "<f8", "shape": (6, 4)}
    array: Any = zarr.create_array({}, fill_value=fill, **options)
    values = np.arange(24.0).reshape(6, 4) // 12 - 1
    array[...] = values
    assert np.array_equal(array[...], values)
