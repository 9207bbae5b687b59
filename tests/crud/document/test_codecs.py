"""Checks of codecs and fill values."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest
from numcodecs.blosc import list_compressors  # type: ignore[import-untyped]

import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, ShardingCodec
from zarr.codecs import numcodecs as wrapped
from zarr.crud import DocumentError
from zarr.crud._document.codecs import (
    all_codecs,
    check_codecs,
    check_fill_value,
    config_of,
    lacking_compressor,
    missing_compressor,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]


def metadata_of(zarr_format: Any = 3, **keywords: Any) -> Any:
    """Zarr's metadata object of an array; zarr checks only a few codecs itself."""
    options: dict[str, Any] = {
        "shape": 8,
        "chunks": 8,
        "dtype": "i2",
        "compressors": None,
    } | keywords
    return zarr.create_array({}, zarr_format=zarr_format, **options | keywords).metadata


def shards_of(*codecs: Any) -> Any:
    """The metadata of an array with shards within shards."""
    inner = ShardingCodec(chunk_shape=(2,), codecs=codecs)
    return metadata_of(serializer=ShardingCodec(chunk_shape=(4,), codecs=[inner]))


def test_codecs_are_found_at_every_depth() -> None:
    """Catches a codec inside shards that no check sees."""
    names = [type(codec).__name__ for codec in all_codecs(shards_of(BytesCodec(), Crc32cCodec()))]
    assert names == ["ShardingCodec", "ShardingCodec", "BytesCodec", "Crc32cCodec"]
    old = metadata_of(2, filters=[numcodecs.Delta("i2")], compressors=numcodecs.Zlib())
    assert [codec.codec_id for codec in all_codecs(old)] == ["delta", "zlib"]
    assert all_codecs(metadata_of(2)) == []


@pytest.mark.parametrize("seed", [0, 2**32 - 1, -1, 2**32])
def test_a_number_must_fit_the_integer_of_the_decoder(seed: int) -> None:
    """Catches a number that the C library truncates, which changes the checksum."""
    codec = wrapped.JenkinsLookup3(initval=seed)
    cases = [
        metadata_of(filters=[], compressors=[codec]),
        shards_of(BytesCodec(), codec),
        metadata_of(2, filters=[numcodecs.checksum32.JenkinsLookup3(initval=seed)]),
    ]
    for metadata in cases:
        if 0 <= seed < 2**32:
            check_codecs(metadata)
        else:
            with pytest.raises(DocumentError, match=f"has {seed} as initval of 'jenkins_lookup3'"):
                check_codecs(metadata)


@pytest.mark.parametrize(
    ("dtype", "value", "words"),
    [
        ("i2", 3, None),
        ("S3", b"abc", None),
        (str, "日本", None),
        (str, "a\ud800", "half a surrogate pair is not text"),
        ("i2", np.array([3, 4], "i2"), "is [3, 4]; use one"),
    ],
)
def test_a_fill_value_is_one_element(dtype: Any, value: Any, words: str | None) -> None:
    """Catches text that cannot be stored, or a list that is broadcast over a chunk."""
    metadata = metadata_of(dtype=dtype)
    object.__setattr__(metadata, "fill_value", value)
    if words is None:
        check_fill_value(metadata)
        return
    with pytest.raises(DocumentError) as caught:
        check_fill_value(metadata)
    assert words in str(caught.value)


def test_the_configuration_of_blosc_includes_its_typesize() -> None:
    """Catches a configuration of blosc without the typesize, which `get_config` omits."""
    told = numcodecs.Blosc().get_config()
    assert config_of(numcodecs.Blosc(typesize=4)) == told | {"typesize": 4}
    assert config_of(numcodecs.Zlib(3)) == {"id": "zlib", "level": 3}


def test_a_compressor_that_numcodecs_lacks_is_found() -> None:
    """Catches a chunk that is reported as damaged because its compressor is missing here."""
    assert {missing_compressor("blosc", {"cname": name}) for name in list_compressors()} == {None}
    assert missing_compressor("blosc", {"cname": "snappy"}) == "snappy"
    assert missing_compressor("zlib", {"cname": "snappy"}) is None
    assert lacking_compressor(shards_of(BytesCodec(), BloscCodec(cname="snappy"))) == "snappy"
    assert lacking_compressor(metadata_of(2, compressors=numcodecs.Blosc("snappy"))) == "snappy"
    assert lacking_compressor(metadata_of(compressors=[BloscCodec(cname="lz4")])) is None
