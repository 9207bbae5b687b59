"""Which parts of an array's metadata nothing can change, so that many arrays may have them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numcodecs  # type: ignore[import-untyped]
import numpy as np

from zarr import codecs as zarr_codecs
from zarr import dtype as data_types
from zarr._engine.metadata.fill_value_bits import SPELLED
from zarr.codecs import ShardingCodec
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata, RegularChunkGridMetadata

if TYPE_CHECKING:
    from zarr.abc.codec import Codec

CODECS: Final[frozenset[type]] = frozenset(
    getattr(zarr_codecs, f"{name}Codec")
    for name in (
        *("Bytes", "VLenBytes", "VLenUTF8", "Transpose"),
        *("Blosc", "Crc32c", "Gzip", "Zstd"),
    )
)
DATA_TYPES: Final[frozenset[type]] = frozenset(
    getattr(data_types, name)
    for name in (
        *("Bool", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"),
        *("Float16", "Float32", "Float64", "Complex64", "Complex128", "VariableLengthUTF8"),
    )
)
"""Zarr warns of none of them when it parses them."""

GRIDS: Final[frozenset[type]] = frozenset({RegularChunkGridMetadata})
ENCODINGS: Final = "zarr.core.chunk_key_encodings"
"""The module of zarr's own key encodings."""

COMPRESSORS: Final[frozenset[type]] = frozenset(
    {numcodecs.Blosc, numcodecs.BZ2, numcodecs.GZip, numcodecs.LZ4, numcodecs.Zlib, numcodecs.Zstd}
)
"""The compressors of format 2, besides none."""

NAMES: Final = frozenset(field.name for field in fields(ArrayV3Metadata)) | {SPELLED}
"""The attributes of a metadata object; one of them is ours."""

NAMES_2: Final = frozenset(field.name for field in fields(ArrayV2Metadata))
"""The attributes of one of format 2."""


def may_be_shared(metadata: object) -> bool:
    """Return whether everything but the attributes is of a kind that nothing can change."""
    if type(metadata) is ArrayV2Metadata:
        return _is_fixed_2(metadata)
    return type(metadata) is ArrayV3Metadata and _is_fixed_3(metadata)


def _is_fixed_3(metadata: ArrayV3Metadata) -> bool:
    state = metadata.__dict__
    return (
        state.keys() <= NAMES
        and isinstance(state.get(SPELLED, ""), str)
        and not metadata.extra_fields
        and not metadata.storage_transformers
        and type(metadata.data_type) in DATA_TYPES
        and type(metadata.chunk_grid) in GRIDS
        and type(metadata.chunk_key_encoding).__module__ == ENCODINGS
        and _is_plain(metadata.fill_value)
        and _are_fixed(metadata.codecs)
    )


def _is_fixed_2(metadata: ArrayV2Metadata) -> bool:
    # Zarr reads a chunk of length 0 as another one.
    return (
        metadata.__dict__.keys() <= NAMES_2
        and 0 not in metadata.chunks
        and type(metadata.dtype) in DATA_TYPES
        and metadata.filters is None
        and (metadata.compressor is None or type(metadata.compressor) in COMPRESSORS)
        and (metadata.fill_value is None or _is_plain(metadata.fill_value))
    )


def _is_plain(value: Any) -> bool:
    return isinstance(value, (np.generic, str)) and not isinstance(value, np.void)


def _are_fixed(codecs: tuple[Codec, ...]) -> bool:
    first: Any = codecs[0]
    if len(codecs) == 1 and type(first) is ShardingCodec:
        # Beside others, zarr warns of it whenever it parses them.
        return _are_fixed(first.codecs) and _are_fixed(first.index_codecs)
    return all(type(codec) in CODECS for codec in codecs)
