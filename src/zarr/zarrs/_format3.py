"""Documents of format 3, with features that the extension lacks rewritten into those it has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec
from zarr.codecs.numcodecs._codecs import _NumcodecsCodec
from zarr.codecs.sharding import ShardingCodec
from zarr.core.dtype.common import HasEndianness
from zarr.core.dtype.npy.structured import Struct
from zarr.crud.backends import cast
from zarr.errors import UnknownCodecError
from zarr.registry import get_codec_class
from zarr.zarrs._codec_translation import translated, translated_own
from zarr.zarrs._elements import opaque
from zarr.zarrs._vlen import VLEN, vlen_codec, vlen_members

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from zarr.abc.codec import Codec
    from zarr.core.metadata.v3 import ArrayV3Metadata

type Json = dict[str, Any]

NATIVE_DATA_TYPES: Final = frozenset(
    {
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
        *("bfloat16", "fixed_length_utf32", "numpy.datetime64", "numpy.timedelta64"),
    }
)
"""Data types that the extension knows by name; it treats elements of others as plain bytes."""

NATIVE_CODECS: Final = frozenset(
    {"blosc", "bytes", "crc32c", "gzip", "sharding_indexed", "transpose", "zstd"}
)
"""Codecs of zarr that the extension runs itself, for elements of every data type."""

TYPED_CODECS: Final = {
    "numcodecs.pcodec": frozenset(
        {
            *("float16", "float32", "float64", "int16", "int32", "int64"),
            *("uint16", "uint32", "uint64"),
        }
    ),
}
"""Codecs that use the elements' type, and the data types for which the extension runs them."""

PCODEC_DEFAULTS: Final[Json] = {
    "level": 8,
    "mode_spec": "auto",
    "delta_spec": "auto",
    "paging_spec": "equal_pages_up_to",
    "delta_encoding_order": None,
    "equal_pages_up_to": 262_144,
}
"""The defaults of numcodecs for omitted members; its own package may be missing."""

NUMCODECS: Final = "numcodecs."

OWN_MODULES: Final = ("zarr.codecs.", NUMCODECS)
"""The modules of codecs that encode as their names say; other classes may not."""

WRITE_ORDERS: Final = {
    "morton": "morton",
    "lexicographic": "lexicographic",
    "colexicographic": "colexicographic",
    "unordered": "lexicographic",
}
"""Orders of subchunks in a shard; the value for "unordered" is the order that zarr uses."""


class _Level(NamedTuple):
    """What the codecs of a chunk or a subchunk have in common."""

    document: Json
    """The array without its codecs, for codecs in Python."""
    data_type: str
    shape: list[int]
    """The largest extents of a chunk."""
    endianness: str | None
    """The byte order of the elements that codecs in Python see; a stored document has none."""
    vlen: str | None
    """The codec of elements of variable length."""


def as_native(
    metadata: ArrayV3Metadata, fill: npt.NDArray[Any], largest_chunk: tuple[int, ...]
) -> tuple[Json, np.dtype[Any]]:
    """Return the members that the extension reads, and the data type of the elements it receives.

    Everything is spelled out from the result of zarr's parser, with all defaults, so that a
    document means the same to the extension as to zarr. `fill` is the fill value with its exact
    bits.
    """
    declared: Any = metadata.data_type.to_json(zarr_format=3)
    name = declared["name"] if isinstance(declared, dict) else declared
    endianness = metadata.dtype.endianness if isinstance(metadata.dtype, HasEndianness) else None
    vlen = vlen_codec(metadata.dtype)
    members: Json = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(metadata.shape),
        "data_type": declared,
        "chunk_grid": metadata.chunk_grid.to_dict(),
        "chunk_key_encoding": metadata.chunk_key_encoding.to_dict(),
    }
    # A separate document for zarr's parser, for which the bits of the fill value do not matter.
    fill_value = metadata.data_type.to_json_scalar(metadata.fill_value, zarr_format=3)
    document = members | {"fill_value": fill_value}
    level = _Level(document, name, list(largest_chunk), endianness, vlen)
    codecs = _rewritten(metadata.codecs, level)
    members["codecs"] = codecs
    dtype = metadata.dtype.to_native_dtype()
    if vlen is not None:
        return members | vlen_members(metadata), dtype
    dtype = dtype.newbyteorder("=")
    if name in NATIVE_DATA_TYPES:
        return members | {"fill_value": {"bytes": list(cast(fill, dtype).tobytes())}}, dtype
    # The bytes codec orders the words of an element; as plain bytes they stay as stored.
    if isinstance(metadata.dtype, (HasEndianness, Struct)):
        dtype = dtype.newbyteorder(_stored_order(codecs))
    _forget_order(codecs)
    return members | opaque(dtype, fill), dtype


def _rewritten(made: Sequence[Codec], level: _Level) -> list[Json]:
    native = [_native(codec, level) for codec in made]
    last = max((i for i, codec in enumerate(native) if codec is None), default=-1)
    if last < 0:
        return [codec for codec in native if codec is not None]
    # Codecs pass arrays to each other, so Python runs all up to the one that produces bytes.
    serializer = next(i for i, one in enumerate(made) if isinstance(one, ArrayBytesCodec))
    end = max(last, serializer) + 1
    codecs: list[Json] = [codec.to_dict() for codec in made[:end]]
    names = [codec["name"] for codec in codecs]
    if "sharding_indexed" in names:
        raise NotImplementedError(
            f"codec {names[last]!r} together with 'sharding_indexed' is not supported"
        )
    if level.vlen is not None:
        raise NotImplementedError(
            f"codec {names[last]!r} for elements of variable length is not supported"
        )
    for name, one in zip(names, made, strict=False):
        _check_registered(name, one)
    grid = {"name": "regular", "configuration": {"chunk_shape": level.shape}}
    own = {"codecs": codecs, "shape": level.shape, "chunk_grid": grid}
    text = json.dumps({"array": level.document | own, "endianness": level.endianness})
    rest = [codec for codec in native[end:] if codec is not None]
    return [{"name": "python", "configuration": {"document": text}}, *rest]


def _check_registered(name: str, made: Codec) -> None:
    """Refuse a codec that cannot be recreated from its document."""
    try:
        registered = get_codec_class(name)
    except UnknownCodecError:
        registered = None
    if registered is not type(made):
        raise NotImplementedError(
            f"codec {name!r} is of the class {type(made).__name__!r}, "
            "which is not registered under that name"
        )


def _native(made: Codec, level: _Level) -> Json | None:
    """The codec in the form that the extension reads, or `None` if only Python has it."""
    if not type(made).__module__.startswith(OWN_MODULES):
        return None
    codec: Json = made.to_dict()
    name = codec["name"]
    if name == level.vlen:
        return {"name": VLEN}
    if isinstance(made, ShardingCodec):
        return _sharding(codec, made, level)
    if name in NATIVE_CODECS:
        return translated_own(codec)
    if isinstance(made, ArrayArrayCodec):
        return None
    if not isinstance(made, _NumcodecsCodec):
        return None
    if name in TYPED_CODECS:
        return translated_own(_typed(made)) if level.data_type in TYPED_CODECS[name] else None
    if isinstance(made, ArrayBytesCodec):
        return None
    try:
        numcodec = made._codec
    except (UnknownCodecError, ImportError):
        # Its package is missing: Python is asked next, and reports it.
        return None
    # The input of such a codec is plain bytes, not elements.
    return translated(numcodec, item=1)


def _typed(made: _NumcodecsCodec) -> Json:
    given = {key: value for key, value in made.codec_config.items() if key != "id"}
    return {"name": made.codec_name, "configuration": PCODEC_DEFAULTS | given}


def _sharding(codec: Json, made: ShardingCodec, level: _Level) -> Json:
    inner = level._replace(shape=list(made.chunk_shape))
    rewritten = {
        **codec["configuration"],
        "codecs": _rewritten(made.codecs, inner),
        # This is not in the document, but a property of the codec object.
        "subchunk_write_order": WRITE_ORDERS[made.subchunk_write_order],
    }
    return {**codec, "configuration": rewritten}


def _leaf(codecs: list[Json]) -> Json:
    """The codec that converts elements to bytes, inside of any shards."""
    for codec in codecs:
        if codec["name"] == "sharding_indexed":
            return _leaf(codec["configuration"]["codecs"])
        if codec["name"] in ("bytes", "python"):
            return codec
    return {"name": ""}


def _stored_order(codecs: list[Json]) -> Literal["big", "little", "="]:
    leaf = _leaf(codecs)
    if leaf["name"] == "python":
        return "="
    return "big" if leaf.get("configuration", {}).get("endian") == "big" else "little"


def _forget_order(codecs: list[Json]) -> None:
    leaf = _leaf(codecs)
    if leaf["name"] == "bytes":
        leaf.pop("configuration", None)
