"""Codecs as callers give them; the oracle is `create_array`."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import pytest

import zarr
from zarr.codecs import BloscCodec, BytesCodec, GzipCodec, ShardingCodec
from zarr.crud._document.cache import as_document
from zarr.crud._repack.codec_chains import as_list, chain_of, name_of, numcodec_of

PLAIN: Any = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i4").metadata
SOURCE = as_document(PLAIN)
MEMBERS: Any = dict(SOURCE)


@pytest.mark.parametrize(
    "codec", [BloscCodec(), BloscCodec(cname="lz4"), GzipCodec()], ids=["blosc", "lz4", "gzip"]
)
def test_codecs_get_the_parameters_that_upstream_gives_them(codec: Any) -> None:
    """Catches a typesize of 1, with which blosc compresses numbers badly and slowly."""
    made: Any = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i4", compressors=codec)
    expected = [each.to_dict() for each in made.metadata.codecs]
    assert chain_of([BytesCodec(), codec], MEMBERS, SOURCE) == expected
    inner = ShardingCodec(chunk_shape=(1, 2), codecs=[BytesCodec(), codec])
    sharded: Any = chain_of([inner], MEMBERS, SOURCE)[0]["configuration"]["codecs"]
    assert list(sharded) == expected


def test_codecs_are_objects_names_or_members() -> None:
    """Catches a codec in one of the forms that `create_array` takes."""
    gzip = GzipCodec(level=5)
    for codec in (gzip, gzip.to_dict(), numcodecs.GZip(5), {"id": "gzip", "level": 5}):
        assert chain_of([BytesCodec(), codec], MEMBERS, SOURCE)[1] == gzip.to_dict()
        assert name_of(codec, SOURCE) == "gzip"
        assert numcodec_of(codec) == {"id": "gzip", "level": 5}
    assert name_of("crc32c", SOURCE) == "crc32c"
    for codec in (5, None, ["gzip"]):
        with pytest.raises(TypeError, match="a codec is "):
            name_of(codec, SOURCE)
        with pytest.raises(TypeError, match="a codec is "):
            numcodec_of(codec)


def test_codecs_are_given_alone_or_in_a_sequence() -> None:
    """Catches the letters of a name that are taken for codecs."""
    assert as_list(None) == as_list(()) == as_list(False) == []
    assert as_list("crc32c") == ["crc32c"]
    assert as_list({"name": "gzip"}) == [{"name": "gzip"}]
    assert as_list((1, 2)) == [1, 2]
