"""Array-to-array codecs that lose data, or whose output the next codec rejects."""

from __future__ import annotations

from typing import Any, Final

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec
from zarr.codecs import numcodecs as wrapped
from zarr.storage import MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
]


SHARDS: Final = {"serializer": ShardingCodec(chunk_shape=(3, 1)), "compressors": None}

# Array-to-array codecs, and the words that name the one at fault.
FILTERS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "one axis for shards": ({"filters": [wrapped.Delta(dtype="<i4")], **SHARDS}, "of one axis"),
    "one axis to transpose": (
        {"filters": [wrapped.Delta(dtype="<i4"), TransposeCodec(order=(1, 0))]},
        "of one axis",
    ),
    "one axis in shards": (
        {
            "serializer": ShardingCodec(
                chunk_shape=(3, 1),
                codecs=[wrapped.Delta(dtype="<i4"), TransposeCodec(order=(1, 0)), BytesCodec()],
            ),
            "compressors": None,
        },
        "of one axis",
    ),
    "differences of booleans": (
        {"filters": [wrapped.Delta(dtype="|b1")], "dtype": "?"},
        "the booleans",
    ),
    "differences of booleans in format 2": (
        {"filters": [numcodecs.Delta(dtype="|b1")], "dtype": "?", "zarr_format": 2},
        "the booleans",
    ),
    "digits of integers": ({"filters": [wrapped.Quantize(digits=2, dtype="<i4")]}, "floating"),
}


@pytest.mark.parametrize("name", list(FILTERS))
def test_filters_that_would_lose_data_are_refused(engine: str, name: str) -> None:
    """Catches values that are stored differently from the given ones, or a late error."""
    options, words = FILTERS[name]
    keywords: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "<i4", **options}
    store = MemoryStore()
    if name != "one axis for shards" or engine != "zarrs":
        with pytest.raises(crud.UnsupportedError, match=words):
            zarr.create_array(store, engine=engine, **keywords)
    with pytest.raises(crud.UnsupportedError):
        zarr.create_array(store, engine=engine, **keywords)
    assert not store._store_dict


def test_filters_of_one_axis_are_fine_where_there_is_one(engine: str) -> None:
    """Catches a refusal of filters that keep the shape of an array with one axis."""
    values = np.arange(12, dtype="<i4") ** 2
    array: Any = zarr.create_array(
        MemoryStore(),
        shape=(12,),
        chunks=(6,),
        dtype="<i4",
        engine=engine,
        filters=[wrapped.Delta(dtype="<i4"), TransposeCodec(order=(0,))],
    )
    array[...] = values
    assert np.array_equal(array[...], values)
