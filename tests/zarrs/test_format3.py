"""Documents of format 3, in which features that the extension lacks are rewritten."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, numcodecs
from zarr.crud._document.cache import as_document
from zarr.storage import MemoryStore
from zarr.zarrs._format3 import NATIVE_CODECS, as_native

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
]

STRUCT = np.dtype([("a", "<i2"), ("b", "<f4")])
BIG = BytesCodec(endian="big")
PCODEC: dict[str, Any] = {"serializer": numcodecs.PCodec(), "compressors": None}


def rewritten(**options: Any) -> tuple[dict[str, Any], np.dtype[Any]]:
    """The document of a ragged array as the extension reads it, and the data type of elements."""
    layout: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2", "compressors": None}
    metadata: Any = zarr.create_array(MemoryStore(), **(layout | options)).metadata
    document = as_document(metadata)
    return as_native(metadata, document.fill_element, document.chunk_grid.largest)


def names(codecs: list[dict[str, Any]]) -> list[str]:
    return [codec["name"] for codec in codecs]


@pytest.mark.parametrize(
    ("options", "data_type", "fill", "dtype"),
    [
        ({"fill_value": 258}, "int16", {"bytes": [2, 1]}, "<i2"),
        ({"dtype": ">i2", "fill_value": 258}, "int16", {"bytes": [2, 1]}, "<i2"),
        ({"serializer": BIG, "fill_value": 258}, "int16", {"bytes": [2, 1]}, "<i2"),
        ({"dtype": "f4", "fill_value": -0.0}, "float32", {"bytes": [0, 0, 0, 128]}, "<f4"),
        ({"dtype": "S2", "fill_value": b"a"}, "opaque", [97, 0], "S2"),
        ({"dtype": STRUCT, "fill_value": np.array((258, 1.5), STRUCT)[()]}, "opaque",
         [2, 1, 0, 0, 192, 63], STRUCT),
        ({"dtype": STRUCT, "fill_value": np.array((258, 1.5), STRUCT)[()], "serializer": BIG},
         "opaque", [1, 2, 63, 192, 0, 0], STRUCT.newbyteorder(">")),
    ],
)  # fmt: skip
def test_elements_are_named_or_plain_bytes_as_stored(
    options: dict[str, Any], data_type: str, fill: Any, dtype: Any
) -> None:
    """Catches swapped bytes, in elements or in the fill value."""
    members, received = rewritten(**options)
    declared = members["data_type"]
    assert (declared["name"] if isinstance(declared, dict) else declared) == data_type
    assert members["fill_value"] == fill
    assert received == np.dtype(dtype)
    (codec,) = members["codecs"]
    # Plain bytes have no byte order that a codec could change.
    assert ("configuration" in codec) is (data_type != "opaque" and received.itemsize > 1)


@pytest.mark.parametrize(
    ("options", "in_python", "native"),
    [
        ({}, [], ["bytes"]),
        ({"compressors": [GzipCodec(), Crc32cCodec()]}, [], ["bytes", "gzip", "crc32c"]),
        ({"filters": [TransposeCodec(order=(1, 0))]}, [], ["transpose", "bytes"]),
        ({"compressors": [numcodecs.Zlib(level=1)]}, [], ["bytes", "numcodecs.zlib"]),
        ({"compressors": [GzipCodec(), numcodecs.LZMA(), Crc32cCodec()]},
         ["bytes", "gzip", "numcodecs.lzma"], ["crc32c"]),
        ({"filters": [numcodecs.Delta(dtype="i2")], "compressors": [GzipCodec()]},
         ["numcodecs.delta", "bytes"], ["gzip"]),
        (PCODEC, [], ["numcodecs.pcodec"]),
        (PCODEC | {"dtype": "i1"}, ["numcodecs.pcodec"], []),
    ],
)  # fmt: skip
def test_python_runs_all_codecs_up_to_the_last_that_only_it_has(
    options: dict[str, Any], in_python: list[str], native: list[str]
) -> None:
    """Catches codecs in another order, or one that is run twice or not at all."""
    codecs = rewritten(**options)[0]["codecs"]
    if in_python:
        python, *codecs = codecs
        given = json.loads(python["configuration"]["document"])
        assert names(given["array"]["codecs"]) == in_python
        assert given["array"]["shape"] == [3, 2]
        assert given["endianness"] == ("little" if options.get("dtype") != "i1" else None)
    assert names(codecs) == native


@pytest.mark.parametrize(
    ("order", "stored"),
    [("morton", "morton"), ("unordered", "lexicographic"), ("colexicographic", "colexicographic")],
)
def test_shards_say_their_order_and_their_own_codecs(order: Any, stored: str) -> None:
    """Catches subchunks in another order, or codecs in Python that get the shape of the shard."""
    inner: Any = [BytesCodec(), numcodecs.LZMA()]
    shard = ShardingCodec(chunk_shape=(3, 2), codecs=inner, subchunk_write_order=order)
    (codec,) = rewritten(chunks=(6, 4), serializer=shard)[0]["codecs"]
    configuration = codec["configuration"]
    assert configuration["subchunk_write_order"] == stored
    assert names(configuration["index_codecs"]) == ["bytes", "crc32c"]
    (python,) = configuration["codecs"]
    array = json.loads(python["configuration"]["document"])["array"]
    assert array["shape"] == [3, 2]
    with pytest.raises(NotImplementedError, match=r"numcodecs.lzma' together with 'sharding"):
        rewritten(chunks=(6, 4), serializer=shard, compressors=[numcodecs.LZMA()])


def test_a_class_from_elsewhere_is_not_taken_for_the_codec_of_its_name() -> None:
    """Catches a class that is replaced by the codec of its name, which encodes differently."""

    class Other(GzipCodec):
        pass

    assert Other().to_dict()["name"] in NATIVE_CODECS
    with pytest.raises(NotImplementedError, match="'gzip' is of the class 'Other'"):
        rewritten(compressors=[Other()])


def test_everything_is_spelled_out() -> None:
    """Catches a default that differs between the extension and zarr."""
    members, _ = rewritten(**PCODEC)
    assert members["codecs"][0]["configuration"].keys() >= {"level", "mode_spec", "delta_spec"}
    assert members["chunk_key_encoding"]["configuration"] == {"separator": "/"}
    assert members["shape"] == [7, 5]
