"""An array for each codec that zarr-python and numcodecs have, and what runs its codecs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import numcodecs  # type: ignore[import-untyped]
from numcodecs.registry import codec_registry  # type: ignore[import-untyped]

import zarr
from zarr.codecs import BytesCodec, CastValue, ScaleOffset, TransposeCodec
from zarr.core.dtype import VariableLengthBytes
from zarr.crud._document.cache import as_document
from zarr.errors import UnknownCodecError
from zarr.registry import _codec_registries, get_codec_class
from zarr.storage import MemoryStore
from zarr.zarrs._document import prepare

PAGE: Final = Path(__file__).parents[2] / "docs" / "zarrs-codecs.md"

# A data type and a configuration for each codec; bytes-to-bytes codecs take any.
ARRAY_CODECS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "astype": ("f8", {"encode_dtype": "<f4", "decode_dtype": "<f8"}),
    "bitround": ("f4", {"keepbits": 5}),
    "delta": ("i4", {"dtype": "<i4"}),
    "fixedscaleoffset": ("f8", {"offset": 1, "scale": 10, "dtype": "<f8", "astype": "<i4"}),
    "packbits": ("bool", {}),
    "quantize": ("f8", {"digits": 2, "dtype": "<f8"}),
}
TYPED: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    **ARRAY_CODECS,
    "categorize": ("U1", {"labels": ["0", "1"], "dtype": "<U1", "astype": "u1"}),
    "pcodec": ("f8", {"level": 4}),
}

KEYWORDS: Final[dict[str, dict[str, Any]]] = {
    "bytes": {"dtype": ">i4", "serializer": BytesCodec(endian="big")},
    "cast_value": {
        "dtype": "f8",
        "filters": [CastValue(data_type="int16", rounding="towards-zero")],
    },
    "scale_offset": {"dtype": "f8", "filters": [ScaleOffset(offset=1.0, scale=2.0)]},
    "sharding_indexed": {"dtype": "i4", "shards": (6, 4)},
    "transpose": {"dtype": "i4", "filters": [TransposeCodec(order=(1, 0))]},
    "vlen-bytes": {"dtype": "variable_length_bytes", "fill_value": b""},
    "vlen-utf8": {"dtype": "T", "fill_value": ""},
}

VLEN: Final[dict[str, Any]] = {
    "vlen-bytes": {"dtype": VariableLengthBytes(), "fill_value": b""},
    "vlen-utf8": {"dtype": "T", "fill_value": ""},
}

UNREADABLE: Final = frozenset({"json2", "msgpack2", "vlen-array"})
"""Those of format 2 for whose elements zarr-python has no data type."""


def table(heading: str) -> dict[str, str]:
    """How each codec in one of the page's tables is served."""
    section = PAGE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (\w+) \|", section, re.MULTILINE))


def registered3() -> set[str]:
    """The codecs of format 3 that zarr-python itself has."""
    # Other tests may register codecs of their own, or look up one that does not exist.
    return {name for name in list(_codec_registries) if _module_of(name).startswith("zarr.")}


def registered2() -> set[str]:
    """The codecs that numcodecs itself has, and the one that needs another package."""
    own = {i for i, c in codec_registry.items() if c.__module__.startswith("numcodecs.")}
    return own | {"pcodec"}


def _module_of(name: str) -> str:
    """The module of a codec's class; empty for a name that was only looked up."""
    try:
        return get_codec_class(name).__module__
    except UnknownCodecError:
        return ""


def served(array: Any) -> str:
    """What runs the codecs of an array, in the words of the tables."""
    prepared = as_document(array.metadata).derive(prepare)
    if prepared.refusal is not None:
        return "refused"
    return "Python" if '"python"' in prepared.json else "native"


def array_of(**keywords: Any) -> zarr.Array[Any]:
    """A ragged array."""
    options: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "fill_value": 0} | keywords
    return zarr.create_array(MemoryStore(), **options)


def format3(name: str) -> zarr.Array[Any]:
    """An array with one codec of format 3."""
    codec_id = name.removeprefix("numcodecs.")
    made = get_codec_class(name)
    if name in KEYWORDS:
        return array_of(**KEYWORDS[name])
    if name == codec_id:
        return array_of(dtype="i4", compressors=[made()])
    if codec_id in ARRAY_CODECS:
        dtype, config = ARRAY_CODECS[codec_id]
        return array_of(dtype=dtype, filters=[made(**config)], compressors=None)
    if codec_id in ("pcodec", "zfpy"):
        return array_of(dtype="f8", serializer=made(), compressors=None)
    return array_of(dtype="i4", compressors=[made()])


def format2(name: str, order: Any = "C") -> zarr.Array[Any]:
    """An array with one filter or compressor of format 2."""
    keywords: dict[str, Any] = {"order": order, "zarr_format": 2}
    if name in VLEN:
        return array_of(compressors=numcodecs.Zstd(), **VLEN[name], **keywords)
    dtype, config = TYPED.get(name, ("i4", {"dtype": "i4"} if name == "vlen-array" else {}))
    codec: Any = numcodecs.get_codec({"id": name, **config})
    if name in ARRAY_CODECS or name == "categorize" or name in UNREADABLE:
        return array_of(dtype=dtype, filters=[codec], compressors=None, **keywords)
    return array_of(dtype=dtype, compressors=codec, **keywords)
