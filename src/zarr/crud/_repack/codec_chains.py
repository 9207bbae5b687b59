"""Chains of codecs as callers give them, made into those that a document has."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zarr.abc.codec import Codec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.chunk_utils import evolve_codecs
from zarr.core.dtype import get_data_type_from_json
from zarr.core.metadata.v3 import parse_codecs
from zarr.crud._arguments import shown
from zarr.crud._repack.codec_names import from_numcodecs, to_numcodecs

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

type CodecLike = Any
"""A codec of zarr or numcodecs, its members, or its name."""


def as_list(given: Any) -> list[CodecLike]:
    """Return codecs that are given alone, in a sequence, or not at all."""
    if given is None or given is False:
        return []
    if isinstance(given, (str, Mapping)) or not isinstance(given, Iterable):
        return [given]
    return list(given)


def chain_of(
    codecs: Iterable[CodecLike], members: Mapping[str, Any], source: Document
) -> list[dict[str, Any]]:
    """Return codecs as the members of a document of format 3 with this data type.

    Parameters that a codec takes from the data type, such as the `typesize` of blosc, are set, as
    by `zarr.create_array`.

    Raises
    ------
    TypeError
        One is no codec.
    """
    with warnings.catch_warnings():
        # Of data types that the specification does not name: the array has it already.
        warnings.simplefilter("ignore")
        dtype = get_data_type_from_json(members["data_type"], zarr_format=3)
    given: Any = [_known(codec, source) for codec in codecs]
    config: Any = ArrayConfig("C", write_empty_chunks=False)
    shape = source.chunk_grid.largest
    spec = ArraySpec(shape, dtype, dtype.default_scalar(), config, buffer_prototype)
    return [dict(codec.to_dict()) for codec in evolve_codecs(parse_codecs(given), spec)]


def name_of(codec: CodecLike, source: Document) -> str:
    """Return the name of a codec in format 3."""
    known = _known(codec, source)
    return str((known.to_dict() if isinstance(known, Codec) else known)["name"])


def _known(codec: CodecLike, source: Document) -> Codec | dict[str, Any]:
    if isinstance(codec, Codec):
        return codec
    if isinstance(codec, str):
        return {"name": codec}
    config = codec.get_config() if hasattr(codec, "get_config") else codec
    if not isinstance(config, Mapping):
        raise TypeError(f"a codec is {shown(codec)}; use a codec object or its members")
    return from_numcodecs(config, source.dtype.itemsize) if "id" in config else dict(config)


def numcodec_of(codec: CodecLike) -> dict[str, Any]:
    """Return a codec as the members of a document of format 2."""
    if hasattr(codec, "get_config"):
        return dict(codec.get_config())
    if isinstance(codec, Codec):
        return to_numcodecs(codec.to_dict())
    if not isinstance(codec, Mapping):
        raise TypeError(f"a codec is {shown(codec)}; use a codec object or its members")
    return dict(codec) if "id" in codec else to_numcodecs(codec)
