"""Documents of format 3 with what the extension lacks rewritten into what it has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec
from zarr.codecs.sharding import ShardingCodec
from zarr.core.dtype.common import HasEndianness
from zarr.core.dtype.npy.structured import Struct
from zarr.errors import UnknownCodecError
from zarr.registry import get_codec_class, get_numcodec
from zarr.zarrs._elements import opaque
from zarr.zarrs._spelling import native_spelling
from zarr.zarrs._vlen import VLEN, vlen_codec, vlen_members

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from zarr.abc.codec import Codec
    from zarr.core.metadata.v3 import ArrayV3Metadata

type Json = dict[str, Any]

NATIVE_DATA_TYPES: Final = frozenset(
    {
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
        *("fixed_length_utf32", "numpy.datetime64", "numpy.timedelta64"),
    }
)
"""Data types that the extension knows by name; elements of any other are plain bytes to it."""

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
"""Codecs that look at the elements, and the data types with which the extension runs them."""

NUMCODECS: Final = "numcodecs."

OWN_MODULES: Final = ("zarr.codecs.", NUMCODECS)
"""Where the classes of codecs are that encode as their names say; others only seem to."""

WRITE_ORDERS: Final = {
    "morton": "morton",
    "lexicographic": "lexicographic",
    "colexicographic": "colexicographic",
    "unordered": "lexicographic",
}
"""Orders of subchunks in a shard; where none is asked for, that which zarr takes."""

_LITTLE: Final = {"name": "bytes", "configuration": {"endian": "little"}}
_SHARDING_DEFAULTS: Final[Json] = {
    "codecs": [_LITTLE],
    "index_codecs": [_LITTLE, {"name": "crc32c"}],
}


class _Level(NamedTuple):
    """What the codecs of a chunk or a subchunk have in common."""

    members: Json
    data_type: str
    shape: list[int]
    """The shape that none of them exceeds."""
    endianness: str | None
    """The byte order in which the codecs of Python see elements; a stored document has none."""
    vlen: str | None
    """The codec of elements of variable length."""


def as_native(
    metadata: ArrayV3Metadata, members: Json, largest_chunk: tuple[int, ...]
) -> tuple[Json, np.dtype[Any]]:
    """Return the members that the extension reads, and the data type of what crosses."""
    declared = members["data_type"]
    name = declared["name"] if isinstance(declared, dict) else declared
    endianness = metadata.dtype.endianness if isinstance(metadata.dtype, HasEndianness) else None
    vlen = vlen_codec(metadata.dtype)
    level = _Level(members, name, list(largest_chunk), endianness, vlen)
    codecs = _rewritten(members["codecs"], metadata.codecs, level)
    # Names do not matter to chunks, and may hold what JSON can escape but UTF-8 cannot say.
    rewritten = {k: v for k, v in members.items() if k != "dimension_names"} | {"codecs": codecs}
    dtype = metadata.dtype.to_native_dtype()
    if vlen is not None:
        return rewritten | vlen_members(metadata), dtype
    dtype = dtype.newbyteorder("=")
    if name not in NATIVE_DATA_TYPES:
        # The bytes codec orders the words of an element; as plain bytes they stay as stored.
        if isinstance(metadata.dtype, (HasEndianness, Struct)):
            dtype = dtype.newbyteorder(_stored_order(codecs))
        rewritten |= opaque(dtype, metadata.fill_value)
        _forget_order(codecs)
    return rewritten, dtype


def _rewritten(codecs: list[Json], made: Sequence[Codec], level: _Level) -> list[Json]:
    native = [_native(codec, one, level) for codec, one in zip(codecs, made, strict=True)]
    last = max((i for i, codec in enumerate(native) if codec is None), default=-1)
    if last < 0:
        return [codec for codec in native if codec is not None]
    # Codecs hand each other arrays, so Python takes all up to the one that makes bytes.
    serializer = next(i for i, one in enumerate(made) if isinstance(one, ArrayBytesCodec))
    end = max(last, serializer) + 1
    names = [codec["name"] for codec in codecs[:end]]
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
    own = {"codecs": codecs[:end], "shape": level.shape, "chunk_grid": grid}
    document = {key: value for key, value in level.members.items() if key != "dimension_names"}
    text = json.dumps({"array": {**document, **own}, "endianness": level.endianness})
    rest = [codec for codec in native[end:] if codec is not None]
    return [{"name": "python", "configuration": {"document": text}}, *rest]


def _check_registered(name: str, made: Codec) -> None:
    """Refuse a codec that could not be made again from its document."""
    try:
        registered = get_codec_class(name)
    except UnknownCodecError:
        registered = None
    if registered is not type(made):
        raise NotImplementedError(
            f"codec {name!r} is of the class {type(made).__name__!r}, "
            "which is not registered under that name"
        )


def _native(codec: Json, made: Codec, level: _Level) -> Json | None:
    """The codec as the extension knows it, or `None` where only Python has it."""
    if not type(made).__module__.startswith(OWN_MODULES):
        return None
    name = codec["name"]
    if name == level.vlen:
        return {"name": VLEN}
    if name in NATIVE_CODECS:
        return _sharding(codec, made, level) if isinstance(made, ShardingCodec) else codec
    if name in TYPED_CODECS:
        return codec if level.data_type in TYPED_CODECS[name] else None
    if not name.startswith(NUMCODECS) or isinstance(made, ArrayArrayCodec | ArrayBytesCodec):
        return None
    config = dict(codec.get("configuration", {}))
    if name == "numcodecs.shuffle" and config.get("elementsize") is None:
        # Zarr takes the size of the elements at this place for it, numcodecs 4.
        return None
    numcodec = get_numcodec({"id": name.removeprefix(NUMCODECS), **config})
    # Such a codec is given plain bytes, not elements.
    return native_spelling(numcodec, item=1)


def _sharding(codec: Json, made: ShardingCodec, level: _Level) -> Json:
    # Zarr's codec has defaults for what a document leaves out.
    configuration = _SHARDING_DEFAULTS | codec["configuration"]
    inner = level._replace(shape=configuration["chunk_shape"])
    rewritten = {
        **configuration,
        "codecs": _rewritten(configuration["codecs"], made.codecs, inner),
        # Not part of a document, but of the codec that was asked for.
        "subchunk_write_order": WRITE_ORDERS[made.subchunk_write_order],
    }
    return {**codec, "configuration": rewritten}


def _leaf(codecs: list[Json]) -> Json:
    """The codec that makes bytes of elements, inside of any shards."""
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
