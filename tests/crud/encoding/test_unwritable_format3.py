"""Codecs of format 3, also inside shards."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from zarr.codecs import BloscCodec, BytesCodec, ScaleOffset, ShardingCodec, TransposeCodec
from zarr.codecs import numcodecs as wrapped
from zarr.crud._encoding.encoded_sizes import exactly
from zarr.crud._encoding.unwritable_format3 import unwritable_codecs

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
]


def shards(*codecs: Any, chunk: tuple[int, ...] = (3, 2)) -> ShardingCodec:
    return ShardingCodec(chunk_shape=chunk, codecs=codecs)


def refusal(
    codecs: list[Any], shape: tuple[int, ...] = (6, 4), dtype: str = "<i4", count: int = 24
) -> Any:
    """The reason for refusing an array whose metadata zarr itself does not check."""
    metadata = zarr.create_array({}, shape=shape, chunks=shape, dtype=dtype).metadata
    object.__setattr__(metadata, "codecs", tuple(codecs))
    return unwritable_codecs(metadata, shape, exactly(count))  # type: ignore[arg-type]


RIGHT: list[list[Any]] = [
    [BytesCodec()],
    [BytesCodec(), wrapped.Shuffle(elementsize=4)],
    [TransposeCodec(order=(1, 0)), shards(BytesCodec(), chunk=(2, 3))],
    [shards(BytesCodec(), wrapped.Shuffle(elementsize=8))],
    [shards(BytesCodec(), chunk=(6, 4)), wrapped.Shuffle(elementsize=4)],
    [wrapped.Delta(dtype="<i4"), BytesCodec()],
]
WRONG: list[tuple[list[Any], str, bool]] = [
    ([BytesCodec(), wrapped.Shuffle(elementsize=5)], "96 bytes with elementsize 5", False),
    ([shards(BytesCodec(), wrapped.Shuffle(elementsize=5))], "24 bytes with elementsize 5", False),
    ([shards(BytesCodec()), wrapped.Shuffle(elementsize=5)], "every chunk with elementsize", False),
    ([shards(shards(BytesCodec(), wrapped.BZ2(level=10)))], "it takes 1 to 9", False),
    ([wrapped.Delta(dtype="<i4"), shards(BytesCodec())], "of one axis", False),
    ([wrapped.Delta(dtype="<i4"), TransposeCodec(order=(1, 0)), BytesCodec()], "one axis", False),
    ([shards(ScaleOffset(scale=0), BytesCodec())], "'scale_offset' in shards: scale", True),
    ([wrapped.Delta(dtype="<f4"), BytesCodec()], "declared for <f4, but gets <i4", True),
    ([shards(wrapped.Delta(dtype="<f4"), BytesCodec())], "declared for <f4", True),
]


@pytest.mark.parametrize("codecs", RIGHT)
def test_chains_that_encode_are_not_refused(codecs: list[Any]) -> None:
    """Catches the size of a shard taken for that of a subchunk, or the reverse."""
    assert refusal(codecs) is None


@pytest.mark.parametrize(("codecs", "words", "loses"), WRONG)
def test_the_first_codec_that_cannot_encode_is_named(
    codecs: list[Any], words: str, loses: bool
) -> None:
    """Catches codecs that no check sees, because they are inside shards."""
    found = refusal(codecs)
    assert found is not None
    assert words in found.reason
    assert found.loses is loses


def test_a_limit_of_bytes_is_one_of_subchunks_in_shards() -> None:
    """Catches an array of large shards that is refused although each subchunk is small."""
    shape, count = (2**16, 2**14), 2**30
    blosc = BloscCodec(typesize=4)
    found = refusal([BytesCodec(), blosc], shape, count=count)
    assert "'blosc' encodes at most 2147483631 bytes at once" in found.reason
    assert refusal([shards(BytesCodec(), blosc, chunk=(64, 64))], shape, count=count) is None


def test_filters_of_one_axis_suit_arrays_of_one_axis() -> None:
    """Catches a refusal where there are no axes to lose, as in rank 0."""
    delta = wrapped.Delta(dtype="<i4")
    assert refusal([delta, shards(BytesCodec(), chunk=(3,))], (6,), count=6) is None
    assert refusal([delta, BytesCodec()], (), count=1) is None


def test_the_document_has_no_byte_order() -> None:
    """Catches a filter that gets other elements when the array is opened again."""
    found = refusal([wrapped.Delta(dtype="<i4"), BytesCodec()], dtype=">i4")
    assert "documents of format 3 have no byte order" in found.reason
