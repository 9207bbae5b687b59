"""The encoded sizes of chunks whose codecs give as many bytes for any elements. Pure."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from zarr.codecs import BytesCodec, Crc32cCodec, TransposeCodec
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.shards import sharding_of
from zarr.crud._encoding.checksums import SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.abc.codec import Codec
    from zarr.crud._document.document import Document

_VARIABLE = "OT"


def fixed_size(document: Document, shape: tuple[int, ...]) -> int | None:
    """Return the encoded size of a chunk of this shape; `None` if it depends on the elements."""
    metadata, dtype = document.array, document.dtype
    if dtype.kind in _VARIABLE:
        return None
    if isinstance(metadata, ArrayV2Metadata):
        is_raw = not metadata.filters and metadata.compressor is None
        return prod(shape) * dtype.itemsize if is_raw else None
    return _of_codecs(metadata.codecs, prod(shape) * dtype.itemsize)


def fixed_subchunk_size(document: Document) -> int | None:
    """Return the encoded size of a subchunk; `None` if it depends on the elements."""
    sharding = sharding_of(document.array)
    if sharding is None or document.dtype.kind in _VARIABLE:
        return None
    if any(type(codec) is not TransposeCodec for codec in sharding.before):
        return None
    nbytes = prod(sharding.codec.chunk_shape) * document.dtype.itemsize
    return _of_codecs(sharding.codec.codecs, nbytes)


def _of_codecs(codecs: Sequence[Codec], nbytes: int) -> int | None:
    for codec in codecs:
        if type(codec) is Crc32cCodec:
            nbytes += SIZE
        elif type(codec) not in (TransposeCodec, BytesCodec):
            return None
    return nbytes
