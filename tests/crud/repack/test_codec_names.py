"""Codecs of both formats; the oracle is the bytes that numcodecs and zarr make."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud._repack.codec_names import from_numcodecs, to_numcodecs

CODECS: list[Any] = [
    numcodecs.Blosc("zstd", 3, shuffle=2),
    numcodecs.Blosc("lz4", 5, shuffle=0),
    numcodecs.Zstd(3),
    numcodecs.Zstd(3, checksum=True),
    numcodecs.GZip(2),
    numcodecs.Zlib(2),
    numcodecs.BZ2(2),
    numcodecs.LZ4(2),
    numcodecs.Shuffle(4),
    numcodecs.CRC32(),
    numcodecs.checksum32.CRC32C(),
]


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_stores_the_same_bytes_in_both_formats(codec: Any) -> None:
    """Catches a spelling that means another codec, or other parameters."""
    members = from_numcodecs(codec.get_config(), 4)
    values = np.arange(12, dtype="<i4")
    array: Any = zarr.create_array({}, shape=12, chunks=12, dtype="i4", compressors=[members])
    encoded = crud.encode_chunk(array.metadata, values, engine="reference")
    if codec.codec_id != "gzip":
        # The bytes of gzip have the time in them.
        assert encoded == bytes(codec.encode(values))
    assert np.frombuffer(codec.decode(encoded), "<i4").tolist() == values.tolist()
    back = to_numcodecs(array.metadata.codecs[-1].to_dict())
    assert {"location": "end", **numcodecs.get_codec(back).get_config()} == {
        "location": "end",
        **codec.get_config(),
    }


def test_the_automatic_shuffle_is_resolved_as_numcodecs_does() -> None:
    """Catches a shuffle by bytes where numcodecs shuffles bits."""
    config = numcodecs.Blosc(shuffle=-1).get_config()
    assert from_numcodecs(config, 1)["configuration"]["shuffle"] == "bitshuffle"
    assert from_numcodecs(config, 8)["configuration"]["shuffle"] == "shuffle"


def test_codecs_without_a_name_are_refused() -> None:
    """Catches a document with a codec that nobody has."""
    with pytest.raises(crud.UnsupportedError, match="no name for the codec 'json2'"):
        from_numcodecs({"id": "json2"}, 4)
    with pytest.raises(crud.UnsupportedError, match="no name for the codec 'sharding_indexed'"):
        to_numcodecs({"name": "sharding_indexed"})


@pytest.mark.parametrize("shuffle", [7, 3, -2, 1.0, "shuffle", None])
def test_a_shuffle_that_blosc_does_not_have_is_refused(shuffle: Any) -> None:
    """Catches a wrong number that is taken from the end of the list, or an `IndexError`."""
    with pytest.raises(crud.UnsupportedError, match="the codec 'blosc' has the shuffle"):
        from_numcodecs({"id": "blosc", "shuffle": shuffle}, 4)
    assert from_numcodecs({"id": "blosc"}, 4)["configuration"]["shuffle"] == "shuffle"
