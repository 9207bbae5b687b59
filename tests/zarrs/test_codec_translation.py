"""Codecs of numcodecs and zarr, in the form that the extension reads."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import pytest

from zarr.zarrs._codec_translation import NATIVE_NUMCODECS, translated, translated_own

AUTO = numcodecs.Blosc.AUTOSHUFFLE


class Zlib(numcodecs.Zlib):  # type: ignore[misc]
    """A codec with the name of one of numcodecs."""


@pytest.mark.parametrize(
    ("codec", "name", "configuration"),
    [
        (numcodecs.Zlib(9), "numcodecs.zlib", {"level": 9}),
        (numcodecs.Zlib(-1), "numcodecs.zlib", {"level": 6}),
        (numcodecs.Zlib(12), "numcodecs.zlib", {"level": 6}),
        (numcodecs.GZip(-1), "gzip", {"level": 6}),
        (numcodecs.GZip(0), "gzip", {"level": 0}),
        (numcodecs.BZ2(5), "numcodecs.bz2", {"level": 5}),
        (numcodecs.Zstd(3, checksum=True), "zstd", {"level": 3, "checksum": True}),
        (numcodecs.LZ4(7), "numcodecs.lz4", {"acceleration": 7}),
        (numcodecs.Shuffle(4), "numcodecs.shuffle", {"elementsize": 4}),
        (numcodecs.CRC32C(), "numcodecs.crc32c", {}),
        (numcodecs.CRC32(), "numcodecs.crc32", {}),
        (numcodecs.Adler32(), "numcodecs.adler32", {}),
        (numcodecs.Fletcher32(), "numcodecs.fletcher32", {}),
    ],
)
def test_a_codec_of_numcodecs_is_named_and_configured_as_the_extension_has_it(
    codec: Any, name: str, configuration: dict[str, Any]
) -> None:
    """Catches a level that only Python's libraries understand, or a codec of another format."""
    found = translated(codec, 2)
    assert found == {"name": name, "configuration": configuration}
    assert codec.codec_id in NATIVE_NUMCODECS


@pytest.mark.parametrize(
    "codec",
    [
        numcodecs.LZMA(),
        numcodecs.Delta("i2"),
        numcodecs.Zstd(-200_000),
        numcodecs.Shuffle(0),
        Zlib(1),
    ],
)
def test_other_codecs_are_left_to_python(codec: Any) -> None:
    """Catches a codec that is mistaken for another because of its name or its numbers."""
    assert translated(codec, 2) is None


@pytest.mark.parametrize(
    ("shuffle", "item", "word", "typesize"),
    [
        (0, 4, "noshuffle", 4),
        (1, 4, "shuffle", 4),
        (2, 4, "bitshuffle", 4),
        (AUTO, 1, "bitshuffle", 1),
        (AUTO, 4, "shuffle", 4),
        (1, 255, "shuffle", 255),
        (1, 256, "shuffle", 1),
    ],
)
def test_blosc_arranges_bytes_by_the_size_of_elements(
    shuffle: int, item: int, word: str, typesize: int
) -> None:
    """Catches chunks that are larger than those of numcodecs, or a size that no byte can hold."""
    found: Any = translated(numcodecs.Blosc(cname="zstd", clevel=9, shuffle=shuffle), item)
    assert found["name"] == "blosc"
    assert found["configuration"] == {
        "cname": "zstd",
        "clevel": 9,
        "blocksize": 0,
        "shuffle": word,
        "typesize": typesize,
    }


@pytest.mark.parametrize(
    ("name", "given", "changed"),
    [
        ("gzip", {"level": True}, {"level": 1}),
        ("zstd", {"level": -200_000, "checksum": False}, {"level": -131_072}),
        ("zstd", {}, {}),
        ("blosc", {"clevel": 77, "typesize": 300, "blocksize": -1},
         {"clevel": 5, "typesize": 1, "blocksize": 1}),
        ("blosc", {"clevel": 9, "typesize": None, "shuffle": "shuffle"}, {}),
        ("numcodecs.pcodec", {"level": 13, "equal_pages_up_to": 0},
         {"level": 8, "equal_pages_up_to": 1, "delta_spec": "auto"}),
        ("numcodecs.pcodec", {"delta_spec": "auto", "delta_encoding_order": 2},
         {"delta_spec": "try_consecutive"}),
        ("numcodecs.pcodec", {"delta_spec": "none", "delta_encoding_order": 9},
         {"delta_encoding_order": 0}),
        ("crc32c", {}, {}),
    ],
)  # fmt: skip
def test_only_values_that_the_extension_cannot_parse_are_replaced(
    name: str, given: dict[str, Any], changed: dict[str, Any]
) -> None:
    """Catches a document that zarr reads and the extension refuses, or a member that is lost."""
    before = dict(given)
    found = translated_own({"name": name, "configuration": given})
    assert found == {"name": name, "configuration": given | changed}
    assert given == before
    # `True == 1`, but the extension parses only one of them.
    assert not any(type(value) is bool for value in found["configuration"].values() if value == 1)
