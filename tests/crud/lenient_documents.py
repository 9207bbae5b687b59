"""Documents as other writers store them: with omitted members, or other spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.crud.test_bad_documents import rectilinear, regular, v2_members
from tests.crud.test_document import document_members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LITTLE: Final = {"name": "bytes", "configuration": {"endian": "little"}}
STRUCT: Final = {
    "name": "struct",
    "configuration": {
        "fields": [{"name": "a", "data_type": "int16"}, {"name": "b", "data_type": "float64"}]
    },
}
VARIABLE: Final = {"string": {"name": "vlen-utf8"}, "bytes": {"name": "vlen-bytes"}}
SECONDS: Final = {
    "name": "numpy.datetime64",
    "configuration": {"unit": "s", "scale_factor": 1},
}
TEXT: Final = {"name": "fixed_length_utf32", "configuration": {"length_bytes": 12}}
FIELDS: Final = [["a", "<i2"], ["b", "<f8"]]

# Members of a codec's configuration that a document may omit or spell in another way.
STAGES: Final[dict[str, Any]] = {
    "zstd, empty": {"name": "zstd", "configuration": {}},
    "zstd, level": {"name": "zstd", "configuration": {"level": 3}},
    "zstd, checksum": {"name": "zstd", "configuration": {"checksum": True}},
    "zstd, negative": {"name": "zstd", "configuration": {"level": -5}},
    "gzip, empty": {"name": "gzip", "configuration": {}},
    "blosc, empty": {"name": "blosc", "configuration": {}},
    "blosc, no blocksize": {
        "name": "blosc",
        "configuration": {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 2},
    },
    "blosc, null typesize": {
        "name": "blosc",
        "configuration": {"cname": "zstd", "clevel": 1, "shuffle": None, "typesize": None},
    },
    "blosc, typesize alone": {"name": "blosc", "configuration": {"typesize": 4}},
    "crc32c, no configuration": {"name": "crc32c"},
    "crc32c, empty": {"name": "crc32c", "configuration": {}},
    "numcodecs zstd, empty": {"name": "numcodecs.zstd", "configuration": {}},
    "numcodecs blosc, empty": {"name": "numcodecs.blosc", "configuration": {}},
    "numcodecs zlib, empty": {"name": "numcodecs.zlib", "configuration": {}},
    "numcodecs gzip, empty": {"name": "numcodecs.gzip", "configuration": {}},
    "numcodecs bz2, empty": {"name": "numcodecs.bz2", "configuration": {}},
    "numcodecs lz4, empty": {"name": "numcodecs.lz4", "configuration": {}},
    "numcodecs lzma, empty": {"name": "numcodecs.lzma", "configuration": {}},
    "numcodecs shuffle, empty": {"name": "numcodecs.shuffle", "configuration": {}},
    "numcodecs shuffle, null": {
        "name": "numcodecs.shuffle",
        "configuration": {"elementsize": None},
    },
    "numcodecs crc32, empty": {"name": "numcodecs.crc32", "configuration": {}},
    "numcodecs adler32, empty": {"name": "numcodecs.adler32", "configuration": {}},
    "numcodecs fletcher32, empty": {"name": "numcodecs.fletcher32", "configuration": {}},
}

SERIALIZERS: Final[dict[str, tuple[Any, Any]]] = {
    "bytes, empty": ("int8", {"name": "bytes", "configuration": {}}),
    "bytes, needless endian": ("uint8", LITTLE),
    "bytes, null endian": ("bool", {"name": "bytes", "configuration": {"endian": None}}),
    "pcodec, empty": ("float32", {"name": "numcodecs.pcodec", "configuration": {}}),
    "pcodec, level": ("int16", {"name": "numcodecs.pcodec", "configuration": {"level": 3}}),
    "structures without endian": (STRUCT, {"name": "bytes"}),
    "strings, no configuration": ("string", {"name": "vlen-utf8"}),
    "bytes of variable length": ("variable_length_bytes", {"name": "vlen-bytes"}),
    "bytes of variable length by their other name": ("bytes", {"name": "vlen-bytes"}),
}

INDEXES: Final[dict[str, dict[str, Any]]] = {
    "no codecs": {"codecs": ...},
    "no index codecs": {"index_codecs": ...},
    "index codecs without checksum": {"index_codecs": [LITTLE]},
    "big index": {"index_codecs": [{"name": "bytes", "configuration": {"endian": "big"}}]},
    "index at the start": {"index_location": "start"},
    "no index location": {"index_location": ...},
    "inner chunk of true": {"chunk_shape": [True, 2]},
}

# Format 3: members that replace those of an array of int16.
MEMBERS: Final[dict[str, dict[str, Any]]] = {
    "no transformers": {"storage_transformers": None},
    "empty transformers": {"storage_transformers": []},
    "null names": {"dimension_names": None},
    "no attributes": {"attributes": ...},
    "null attributes": {"attributes": None},
    "key encoding, empty": {"chunk_key_encoding": {"name": "v2", "configuration": {}}},
    "key encoding, dots": {
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}}
    },
    "key encoding, slashes": {
        "chunk_key_encoding": {"name": "v2", "configuration": {"separator": "/"}}
    },
    "extent of true": {"shape": [7, True]},
    "chunk of true": {"chunk_grid": regular(3, True)},
    "chunk of 0": {"chunk_grid": regular(0, 2)},
    "grid with more": {
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2], "x": 1}}
    },
    "regular grid that lists": {"chunk_grid": regular([3, 4], 2)},
    "rectilinear grid of floats": {"chunk_grid": rectilinear([3.0, True, 4], 2)},
    "what need not be understood": {"novel": {"must_understand": False, "x": float("nan")}},
}

# Data types of format 3, and fill values in the forms that zarr's parser accepts.
FILLS: Final[list[tuple[Any, list[Any]]]] = [
    ("bool", [0, 1, 2, 0.0, "", "0", "true", None, False]),
    ("int8", [0.0, -0.0, "0", " 7 ", "-7", "+5", True, 1.0]),
    ("int64", [-(2**63), str(2**63 - 1), 2**53 + 1]),
    ("uint64", [2**64 - 1, str(2**64 - 1)]),
    ("float16", ["0x7fc12345", 65520, "1.5"]),
    ("float32", ["1.5", "nan", "-inf", "+Infinity", "1e40", 1e40, 2**24 + 1, True, -0.0, "-0.0"]),
    ("float32", [float("nan"), float("-inf"), "0x7fc12345", "0x7ff8000000000001", 10**30]),
    ("float64", ["0x7fc00001", "5e-324", 2**53 + 1, 2**64, float("inf")]),
    ("complex64", [[1, 2], ["NaN", "0x7fc12345"], [True, -0.0], [float("nan"), "Infinity"]]),
    (STRUCT, [{}, {"b": "NaN"}, {"a": 7, "b": -0.0}, "AQAAAAAAAAAAAA=="]),
    (SECONDS, [0, "NaT", -(2**63), 2**62, 5]),
    (TEXT, ["ab", "\ud800", "\U0001f600x", ""]),
    ({"name": "null_terminated_bytes", "configuration": {"length_bytes": 2}}, ["YWI=", ""]),
    ({"name": "raw_bytes", "configuration": {"length_bytes": 2}}, ["YWI="]),
    ("string", ["a", ""]),
    ("bytes", ["YQ==", ""]),
]

# Format 2: compressors, filters, fill values by data type, and other members.
V2_MEMBERS: Final[list[dict[str, Any]]] = [
    *({"compressor": {"id": name}} for name in ("zstd", "blosc", "gzip", "zlib", "bz2", "lzma")),
    {"compressor": {"id": "lz4"}},
    {"compressor": {"id": "blosc", "typesize": None}},
    {"compressor": {"id": "blosc", "shuffle": -1}},
    {"compressor": {"id": "zlib", "level": -1}},
    {"compressor": {"id": "zstd", "checksum": None}},
    {"compressor": ...},
    {"filters": ...},
    {"filters": []},
    {"filters": [{"id": "shuffle"}]},
    {"filters": [{"id": "delta", "dtype": "<i2"}]},
    {"dimension_separator": ...},
    {"chunks": [True, 2]},
    {"chunks": [0, 2]},
    {"shape": [7, True]},
    {"novel": 1},
    {"dtype": ">i2", "order": "F"},
    *({"fill_value": fill} for fill in (None, 0.0, "0", "7", True)),
    *({"dtype": "|b1", "fill_value": fill} for fill in (0, 1, None, 0.0)),
    *({"dtype": "<f4", "fill_value": fill} for fill in ("NaN", float("nan"), "1.5", -0.0, None)),
    *({"dtype": ">f8", "fill_value": fill} for fill in ("-Infinity", float("inf"), -0.0)),
    *({"dtype": "<c8", "fill_value": fill} for fill in (["NaN", 1], [-0.0, 0.0], None)),
    *({"dtype": ">M8[s]", "fill_value": fill} for fill in (0, "NaT", None, -(2**63), 5)),
    *({"dtype": "<U3", "fill_value": fill} for fill in ("abc", "", "\ud800", None)),
    *({"dtype": "|S3", "fill_value": fill} for fill in ("YWI=", "", None)),
    *({"dtype": FIELDS, "fill_value": fill} for fill in (None, "AQABAAAAAAD4fw==")),
]


def sharded(codecs: list[Any], changes: Mapping[str, Any] | None = None) -> list[Any]:
    """The codecs of shards of 3 x 2 elements, with members of the configuration replaced."""
    configuration = {
        "chunk_shape": [3, 1],
        "codecs": codecs,
        "index_codecs": [LITTLE, {"name": "crc32c"}],
    }
    given = {
        key: value
        for key, value in (configuration | dict(changes or {})).items()
        if value is not ...
    }
    return [{"name": "sharding_indexed", "configuration": given}]


def documents() -> Iterator[Any]:
    """The documents by name."""
    for place, within in (("", list), (" in shards", sharded)):
        for name, stage in STAGES.items():
            yield pytest.param(document_members(codecs=within([LITTLE, stage])), id=name + place)
        for name, (data_type, codec) in SERIALIZERS.items():
            fill: Any = {"string": "", "bytes": "", "variable_length_bytes": ""}.get(
                str(data_type), 0
            )
            fill = {} if data_type is STRUCT else fill
            codecs = within([codec])
            members = document_members(data_type=data_type, fill_value=fill, codecs=codecs)
            yield pytest.param(members, id=name + place)
        for data_type, fills in FILLS:
            codec = VARIABLE.get(str(data_type), LITTLE)
            for fill in fills:
                codecs = within([codec])
                members = document_members(data_type=data_type, fill_value=fill, codecs=codecs)
                yield pytest.param(members, id=f"{data_type} {fill!r}{place}")
    for name, changes in INDEXES.items():
        yield pytest.param(document_members(codecs=sharded([LITTLE], changes)), id=name)
    for name, changes in MEMBERS.items():
        yield pytest.param(document_members(**changes), id=name)
    for changes in V2_MEMBERS:
        yield pytest.param(v2_members(**changes), id=f"v2 {changes}")


REFUSED: Final[dict[str, dict[str, Any]]] = {
    "codec by its name alone": {"codecs": [LITTLE, "crc32c"]},
    "bytes by its name alone": {"data_type": "int8", "codecs": ["bytes"]},
    "null configuration": {"codecs": [LITTLE, {"name": "crc32c", "configuration": None}]},
    "index codecs by name": {"codecs": sharded([LITTLE], {"index_codecs": [LITTLE, "crc32c"]})},
    "key encoding by name": {"chunk_key_encoding": "default"},
    "key encoding of null": {"chunk_key_encoding": {"name": "default", "configuration": None}},
    "float for an integer": {"fill_value": 1.5},
    "bits for an integer": {"fill_value": "0x7"},
    "null for an integer": {"fill_value": None},
}
