"""Checksums that are removed without a comparison."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest
from numcodecs import checksum32

import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec, ZstdCodec
from zarr.codecs import numcodecs as wrapped
from zarr.codecs._v2 import V2Codec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import Buffer, buffer_prototype
from zarr.crud._encoding.checksums import (
    Unverified,
    UnverifiedNumcodec,
    _cut_off,
    without_checksums,
)

pytestmark = pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")

DATA = bytes(range(1, 25))
SPEC = ArraySpec((24,), zarr.dtype.UInt8(), 0, ArrayConfig("C", True), buffer_prototype)

CODECS: list[Any] = [
    checksum32.CRC32(),
    checksum32.CRC32(location="end"),
    checksum32.Adler32(),
    checksum32.Adler32(location="end"),
    checksum32.CRC32C(location="start"),
    checksum32.CRC32C(),
    checksum32.JenkinsLookup3(),
    numcodecs.Fletcher32(),
]


def damaged(encoded: bytes) -> bytes:
    """The bytes with a wrong checksum, at either end."""
    at = 0 if encoded.endswith(DATA) else len(encoded) - 1
    return encoded[:at] + bytes([encoded[at] ^ 1]) + encoded[at + 1 :]


@pytest.mark.parametrize("codec", CODECS, ids=repr)
def test_a_filter_of_format_2_ignores_a_wrong_checksum(codec: Any) -> None:
    """Catches four bytes of data that are cut off instead of the checksum."""
    found = UnverifiedNumcodec(codec)
    encoded = bytes(found.encode(DATA))
    assert encoded == bytes(codec.encode(DATA))
    with pytest.raises((RuntimeError, ValueError)):
        codec.decode(damaged(encoded))
    assert bytes(found.decode(damaged(encoded))) == DATA
    out = np.zeros(6, "i4")
    assert found.decode(damaged(encoded), out) is out
    assert out.tobytes() == DATA


@pytest.mark.parametrize(
    "codec", [Crc32cCodec(), wrapped.CRC32(), wrapped.Adler32(location="end"), wrapped.Fletcher32()]
)
def test_a_codec_of_format_3_ignores_a_wrong_checksum(codec: Any) -> None:
    """Catches the same, for codecs that get buffers."""
    (found,) = without_checksums([codec])
    assert isinstance(found, Unverified)
    assert found.to_dict() == codec.to_dict()
    encoded = found._encode_sync(Buffer.from_bytes(DATA), SPEC)
    assert encoded is not None
    assert len(encoded) == found.compute_encoded_size(len(DATA), SPEC)
    assert encoded.to_bytes() == codec._encode_sync(Buffer.from_bytes(DATA), SPEC).to_bytes()
    stored = Buffer.from_bytes(damaged(encoded.to_bytes()))
    assert found._decode_sync(stored, SPEC).to_bytes() == DATA


@pytest.mark.parametrize("size", [0, 3])
def test_bytes_shorter_than_a_checksum_are_an_error(size: int) -> None:
    """Catches damaged bytes that are read as an empty chunk."""
    with pytest.raises(ValueError, match=f"it has {size} bytes, less than its checksum"):
        _cut_off(np.zeros(size, "u1"), at_start=False)
    assert _cut_off(np.zeros(4, "u1"), at_start=True).size == 0


def test_codecs_inside_of_shards_and_filters_are_replaced() -> None:
    """Catches a checksum of an index, of a subchunk, or of a filter that is still compared."""
    shards = ShardingCodec(
        chunk_shape=(3,), codecs=[BytesCodec(), Crc32cCodec()], index_location="start"
    )
    (found,) = without_checksums([shards])
    assert isinstance(found, ShardingCodec)
    assert [type(one) for one in found.codecs] == [BytesCodec, Unverified]
    assert [type(one) for one in found.index_codecs] == [BytesCodec, Unverified]
    assert (found.chunk_shape, found.index_location) == ((3,), shards.index_location)
    (old,) = without_checksums([V2Codec((numcodecs.Fletcher32(),), numcodecs.Zlib())])
    assert isinstance(old, V2Codec)
    assert isinstance((old.filters or ())[0], UnverifiedNumcodec)
    assert old.compressor == numcodecs.Zlib()
    (bare,) = without_checksums([V2Codec(None, None)])
    assert bare == V2Codec(None, None)
    kept: list[Any] = [BytesCodec(), ZstdCodec(checksum=True)]
    assert without_checksums(kept) == kept
