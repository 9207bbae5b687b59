"""The axes and the shape of subchunks, after the codecs before the shards."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.test_bad_documents import v2_members
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec
from zarr.codecs import numcodecs as wrapped
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.shards import sharding_in, sharding_of, subchunk_shape


def turned(*order: int) -> TransposeCodec:
    return TransposeCodec(order=order)


@pytest.mark.parametrize("first", list(permutations(range(3))))
@pytest.mark.parametrize("second", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
def test_the_axes_are_those_that_numpy_transposes(first: Any, second: Any) -> None:
    """Catches orders that are composed the wrong way round, which is right for some of them."""
    found = sharding_in([turned(*first), turned(*second), ShardingCodec(chunk_shape=(1, 1, 1))])
    assert found is not None
    shape = np.empty((2, 3, 5), "i1").transpose(first).transpose(second).shape
    assert tuple((2, 3, 5)[axis] for axis in found.axes(3)) == shape


def test_codecs_before_the_shards_are_kept_apart() -> None:
    """Catches a transposition after or inside the shards, which changes no axes of the array."""
    inner = ShardingCodec(chunk_shape=(2, 3), codecs=[turned(1, 0), BytesCodec()])
    found = sharding_in([turned(1, 0), inner, wrapped.Zlib()])
    assert found is not None
    assert found.before == (turned(1, 0),)
    assert found.codec is inner
    assert sharding_in([BytesCodec()]) is None
    assert sharding_in([]) is None


@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`")
@pytest.mark.parametrize(
    ("filters", "expected"), [([], (2, 4)), ([turned(1, 0)], (4, 2)), ([turned(0, 1)], (2, 4))]
)
def test_subchunks_have_the_order_of_axes_of_the_array(filters: Any, expected: Any) -> None:
    """Catches a subchunk shape in the order of the shard's axes."""
    codec = ShardingCodec(chunk_shape=(2, 4))
    keywords: dict[str, Any] = {"shape": (16, 16), "chunks": (8, 8), "dtype": "i2"}
    array = zarr.create_array({}, filters=filters, serializer=codec, compressors=None, **keywords)
    assert subchunk_shape(array.metadata) == expected


@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`")
@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
def test_arrays_without_shards_of_their_own_axes_have_no_subchunks() -> None:
    """Catches the shape of packed bits, or of an unsharded chunk, taken for that of a subchunk."""
    keywords: dict[str, Any] = {"shape": 16, "chunks": 16, "dtype": "?", "compressors": None}
    packed = zarr.create_array(
        {}, filters=[wrapped.PackBits()], serializer=ShardingCodec(chunk_shape=(1,)), **keywords
    )
    assert sharding_of(packed.metadata) is not None
    assert subchunk_shape(packed.metadata) is None
    assert subchunk_shape(zarr.create_array({}, **keywords).metadata) is None
    assert subchunk_shape(ArrayV2Metadata.from_dict(v2_members())) is None
    rank0 = zarr.create_array({}, shape=(), dtype="i2", serializer=ShardingCodec(chunk_shape=()))
    assert subchunk_shape(rank0.metadata) == ()
