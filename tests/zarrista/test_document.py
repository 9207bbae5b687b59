"""Documents as the library gets them, and those that it does not get."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from tests.docs.coverage import Unregistered, metadata
from tests.zarrista.support import document_of
from zarr import codecs
from zarr.core.dtype import VariableLengthBytes
from zarr.crud._document.cache import as_document
from zarr.zarrista._document import prepare, refused_format

pytestmark = pytest.mark.filterwarnings("ignore")

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "strings": ({"dtype": str}, "data type 'string'"),
    "strings in the other byte order": (
        {"dtype": "U3", "serializer": codecs.BytesCodec(endian="big")},
        "data type 'fixed_length_utf32' is not served in another byte order",
    ),
    "dates without a unit": ({"dtype": "M8"}, "'numpy.datetime64' without a unit"),
    "bytes of variable length": ({"dtype": VariableLengthBytes()}, "'variable_length_bytes'"),
    "snappy": ({"compressors": codecs.BloscCodec(cname="snappy")}, "compressor 'snappy'"),
    "numcodecs": ({"compressors": zarr.codecs.numcodecs.LZMA()}, "codec 'numcodecs.lzma'"),
    "inside of shards": (
        {"shards": (6, 4), "compressors": zarr.codecs.numcodecs.LZ4()}, "codec 'numcodecs.lz4'",
    ),
    "format 2: strings": ({"zarr_format": 2, "dtype": "S3"}, "data type 'S3' of format 2"),
    "format 2: filters": (
        {"zarr_format": 2, "filters": [numcodecs.Delta(dtype="<i4")]}, "the filter 'delta'",
    ),
    "format 2: lzma": ({"zarr_format": 2, "compressors": numcodecs.LZMA()}, "codec 'lzma'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_served_is_refused_by_name(name: str) -> None:
    """Catches data that the library reads as something else than zarr does."""
    options, said = REFUSED[name]
    assert said in (prepare(document_of(**options)).refusal or "")


def test_a_codec_of_the_program_is_refused() -> None:
    """Catches bytes of a class of the user that the library decodes as those of zarr's."""
    kept = metadata(compressors=Unregistered())
    assert "of the class 'Unregistered'" in (prepare(as_document(kept)).refusal or "")


def test_what_zarr_alone_reads_is_spelled_out() -> None:
    """Catches a lenient document that the library refuses, or takes for another one."""
    made = prepare(as_document(document_members(fill_value=-9)))
    assert made.members["fill_value"] == -9
    assert made.fill == np.int16(-9).tobytes()
    assert made.refusal is None
    assert made.layout == "raw"
    floats = prepare(document_of(dtype="f4", fill_value=np.nan, shards=(6, 4)))
    assert floats.members["fill_value"] == "0x7fc00000"
    assert floats.layout == "shards"


@pytest.mark.parametrize("layout", [{}, {"shards": (6, 4)}])
def test_elements_of_other_types_are_plain_bytes(layout: dict[str, Any]) -> None:
    """Catches elements whose bytes the library orders, or whose fill value is a number to it."""
    made = prepare(document_of(dtype="U2", fill_value="ä", **layout))
    assert made.members["data_type"] == "r64"
    assert made.members["fill_value"] == [228, 0, 0, 0, 0, 0, 0, 0]
    assert made.fill == bytes(made.members["fill_value"])
    assert made.dtype == np.dtype("=U2")
    assert '"name":"bytes"}' in made.text


def test_only_format_3_is_written() -> None:
    """Catches a write of format 2, whose keys and fill values the library has its own way with."""
    assert refused_format(document_of()) is None
    assert "format 2" in (refused_format(document_of(zarr_format=2)) or "")


def test_codecs_are_zarrs_own_in_shards_too() -> None:
    """Catches a codec whose configuration is an object that is no JSON."""
    made = prepare(document_of(shards=(6, 4), compressors=codecs.BloscCodec(cname="zstd")))
    (shard,) = made.members["codecs"]
    assert [one["name"] for one in shard["configuration"]["codecs"]] == ["bytes", "blosc"]
    assert shard["configuration"]["index_codecs"][-1]["name"] == "crc32c"
