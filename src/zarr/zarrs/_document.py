"""Documents, as the extension reads them: data types that it lacks become plain bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

import numpy as np

from zarr.zarrs._extension import extension

if TYPE_CHECKING:
    from zarr.crud._document import Document

# Data types of fixed size that the extension does not know by name.
OPAQUE_DATA_TYPES: Final = frozenset({"null_terminated_bytes", "raw_bytes", "struct", "structured"})

# NumPy's kinds of variable-length strings and of objects, which have no byte order.
VARIABLE_LENGTH_KINDS: Final = frozenset("TO")

# Codecs whose result does not depend on the data type of an opaque element.
TYPE_BLIND_CODECS: Final = frozenset({"bytes", "transpose", "sharding_indexed"})


class Prepared(NamedTuple):
    """What a document is to the extension."""

    json: str
    """The document that the extension parses; the same object at each call."""
    dtype: np.dtype[Any]
    """The data type of the bytes that it takes and returns."""
    is_native: bool
    """Whether that is the document's own data type, so that nothing has to be converted."""
    refusal: str | None
    """Why it does not serve the document."""


def prepare(document: Document) -> Prepared:
    """Rewrite a document for the extension, and ask whether it serves it."""
    members = json.loads(document.json)
    dtype = document.dtype
    if dtype.kind not in VARIABLE_LENGTH_KINDS:
        dtype = dtype.newbyteorder("=")
    data_type = members.get("data_type")
    name = data_type.get("name") if isinstance(data_type, dict) else data_type
    if members["zarr_format"] == 3 and name in OPAQUE_DATA_TYPES:
        codec = _type_aware_codec(members["codecs"])
        if codec is not None:
            reason = f"codec {codec!r} with data type {name!r} is not supported"
            return Prepared(document.json, dtype, dtype == document.dtype, reason)
        # The bytes codec orders the fields of a structure; as plain bytes they stay as stored.
        order: Literal["big", "little"] = "big" if _has_big_endian(members["codecs"]) else "little"
        dtype = document.dtype.newbyteorder(order)
        _write_opaque(members, dtype, document.array.fill_value)
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    refusal: str | None = extension().supports(text)
    return Prepared(text, dtype, dtype == document.dtype, refusal)


def _write_opaque(members: dict[str, Any], dtype: np.dtype[Any], fill_value: object) -> None:
    members["data_type"] = f"r{8 * dtype.itemsize}"
    members["fill_value"] = list(np.array(fill_value, dtype=dtype).tobytes())
    for codec in _chain(members["codecs"]):
        if codec["name"] == "bytes":
            codec.pop("configuration", None)


def _type_aware_codec(codecs: list[dict[str, Any]]) -> str | None:
    # Bytes-to-bytes codecs come after these and see no elements.
    for codec in _chain(codecs):
        if codec["name"] not in TYPE_BLIND_CODECS:
            return cast("str", codec["name"])
    return None


def _has_big_endian(codecs: list[dict[str, Any]]) -> bool:
    return any(
        codec["name"] == "bytes" and codec.get("configuration", {}).get("endian") == "big"
        for codec in _chain(codecs)
    )


def _chain(codecs: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The codecs up to the one that makes bytes, and those inside a shard; never its index's."""
    for codec in codecs:
        yield codec
        if codec["name"] == "sharding_indexed":
            yield from _chain(codec["configuration"]["codecs"])
        if codec["name"] in ("bytes", "sharding_indexed"):
            return
