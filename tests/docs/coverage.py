"""What the tables of the documentation ask the engines, row by row."""

from __future__ import annotations

from typing import Any, Final

import numcodecs as of_format2  # type: ignore[import-untyped]
from numcodecs import LZ4, Blosc, Delta, Shuffle

import zarr
from tests.crud.codecs import AsyncOnly
from tests.crud.test_document import document_members
from tests.data_types.cases import FLOATS, INTEGERS
from zarr import codecs
from zarr.codecs import numcodecs
from zarr.core.dtype import VariableLengthBytes
from zarr.storage import MemoryStore

DTYPES: Final[dict[str, tuple[Any, ...]]] = {
    "bool": ("?",),
    "int8 to int64, uint8 to uint64": ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"),
    "float16": ("f2",),
    "float32, float64": ("f4", "f8"),
    "complex64, complex128": ("c8", "c16"),
    "datetime64, timedelta64": ("M8[ns]", "m8[10s]"),
    "fixed-length strings": ("U5",),
    "fixed-length bytes": ("S5",),
    "raw bytes": ("V5",),
    "structures": ([("a", "i2"), ("b", "f8")],),
    "big-endian numbers": (">i4", ">f8", ">M8[ns]"),
    "strings of variable length": (str,),
    "bytes of variable length": (VariableLengthBytes(),),
    "floating-point numbers of `ml_dtypes`, in format 3": tuple(FLOATS),
    "integers of `ml_dtypes`, in format 3": tuple(INTEGERS),
}
"""All data types that are registered with zarr-python."""

LAYOUTS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"shards": (6, 4)},
    {"zarr_format": 2},
    {"zarr_format": 2, "order": "F"},
)
"""In which each of them is asked about, unless format 2 has no name for it."""

CODECS: Final[dict[str, dict[str, Any]]] = {
    "none": {"compressors": None},
    "blosc": {"compressors": codecs.BloscCodec()},
    "gzip": {"compressors": codecs.GzipCodec()},
    "zstd": {"compressors": codecs.ZstdCodec()},
    "crc32c": {"compressors": codecs.Crc32cCodec()},
    "transpose": {"filters": codecs.TransposeCodec(order=(1, 0))},
    "sharding_indexed": {"shards": (6, 4)},
    "format 2: blosc": {"zarr_format": 2, "compressors": Blosc()},
    "format 2: LZ4 behind delta and shuffle": {
        "zarr_format": 2,
        "filters": [Delta(dtype="<i4"), Shuffle(4)],
        "compressors": LZ4(),
    },
    "format 2: order F": {"zarr_format": 2, "order": "F"},
}


class Unregistered(codecs.GzipCodec):
    """A codec of a program that did not register it."""


def refused() -> dict[str, Any]:
    """Metadata or documents that an engine refuses, by reason."""
    lzma: Any = numcodecs.LZMA()
    plain: Any = {"name": "bytes", "configuration": {"endian": "little"}}
    shard = {
        "name": "sharding_indexed",
        "configuration": {
            "chunk_shape": [1, 2], "codecs": [plain], "index_codecs": [plain, {"name": "crc32c"}],
        },
    }  # fmt: skip
    return {
        "strings of variable length behind a codec that only Python has": metadata(
            dtype="T", compressors=lzma
        ),
        "bytes of variable length behind such a codec": metadata(
            dtype=VariableLengthBytes(), compressors=lzma
        ),
        "`sharding_indexed` beside such a codec of the same chunk": document_members(
            codecs=[shard, lzma.to_dict()]
        ),
        "codec objects of classes that are not registered": metadata(compressors=Unregistered()),
        "the codec `pickle`": metadata(zarr_format=2, compressors=of_format2.Pickle()),
        "codecs that work asynchronously only": metadata(compressors=AsyncOnly()),
    }


def metadata(**changes: Any) -> Any:
    """The metadata of a ragged array, created by zarr."""
    keywords = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i4"} | changes
    return zarr.create_array(MemoryStore(), **keywords).metadata
