"""Documents in the form that the library reads, or why it is not given them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from zarr.abc.codec import BytesBytesCodec
from zarr.codecs.sharding import ShardingCodec
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud.backends import cast
from zarr.zarrista._elements import DATA_TYPES, KINDS, fill_json, is_opaque, native

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from zarr.abc.codec import Codec
    from zarr.core.metadata.v3 import ArrayV3Metadata
    from zarr.crud.backends import Document

type Json = dict[str, Any]

CODECS: Final = frozenset(
    {"blosc", "bytes", "crc32c", "gzip", "sharding_indexed", "transpose", "zstd"}
)
"""The codecs of format 3 that are served."""

COMPRESSORS: Final[dict[str, Json]] = {
    "blosc": {"cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0},
    "gzip": {"level": 1},
    "zstd": {"level": 1},
}
"""The compressors of format 2 that are served: decoders need nothing of what encoders do."""

OWN_MODULES: Final = ("zarr.codecs.", "numcodecs.")
"""The modules of codecs that encode as their names say; other classes may not."""


type Layout = Literal["raw", "chunks", "shards", "encoded shards"]
"""Elements as they are; encoded chunks; shards, or shards that other codecs encode as a whole."""


class Prepared(NamedTuple):
    """A document as the library receives it."""

    text: str
    """The members as JSON; the same object at each call."""
    members: Json
    dtype: np.dtype[Any]
    """The data type of the elements that it returns and accepts."""
    fill: bytes
    """The bytes of the fill value."""
    layout: Layout = "chunks"
    """What the stored values are."""
    refusal: str | None = None


def prepare(document: Document) -> Prepared:
    """Rewrite a document for the library; see `Document.derive`."""
    metadata = document.array
    try:
        if isinstance(metadata, ArrayV2Metadata):
            members, layout = _format2(document, metadata)
        else:
            members, layout = _format3(document, metadata)
    except NotImplementedError as err:
        return Prepared("", {}, document.dtype, b"", refusal=str(err))
    except (TypeError, ValueError) as err:
        # Zarr checks some of a codec's configuration only when it needs it.
        return Prepared("", {}, document.dtype, b"", refusal=f"its codecs do not work: {err}")
    dtype = native(document.dtype)
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    bits = cast(document.fill_element, dtype).tobytes()
    # Plain types only, whatever the codecs returned.
    return Prepared(text, json.loads(text), dtype, bits, layout)


def refused_format(document: Document) -> str | None:
    """Return why the array is not written; see `Document.derive`."""
    if isinstance(document.array, ArrayV2Metadata):
        return "it reads arrays of format 2, and does not write them"
    return None


def _format3(document: Document, metadata: ArrayV3Metadata) -> tuple[Json, Layout]:
    declared: Any = metadata.data_type.to_json(zarr_format=3)
    name = declared["name"] if isinstance(declared, dict) else declared
    if name not in DATA_TYPES and not is_opaque(document.dtype):
        raise NotImplementedError(f"data type {name!r} is not served")
    if document.dtype.kind in "mM" and np.datetime_data(document.dtype)[0] == "generic":
        raise NotImplementedError(f"data type {name!r} without a unit is not served")
    codecs, fill = _codecs(metadata.codecs), document.fill_element
    if name in DATA_TYPES:
        # From the element, because the document may give it in a form that only zarr reads.
        fill_value = fill_json(fill)
    else:
        _forget_order(codecs, name)
        declared = f"r{8 * document.dtype.itemsize}"
        fill_value = list(cast(fill, native(document.dtype)).tobytes())
    members = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(metadata.shape),
        "data_type": declared,
        "chunk_grid": metadata.chunk_grid.to_dict(),
        "chunk_key_encoding": metadata.chunk_key_encoding.to_dict(),
        "codecs": codecs,
        "fill_value": fill_value,
    }
    return members, _layout(metadata)


def _layout(metadata: ArrayV3Metadata) -> Layout:
    if any(isinstance(codec, ShardingCodec) for codec in metadata.codecs):
        return "shards" if len(metadata.codecs) == 1 else "encoded shards"
    return "chunks" if any(isinstance(c, BytesBytesCodec) for c in metadata.codecs) else "raw"


def _codecs(made: Iterable[Codec]) -> list[Json]:
    codecs = []
    for codec in made:
        members: Json = codec.to_dict()
        _check_own(members["name"], codec, CODECS)
        if isinstance(codec, ShardingCodec):
            inner = {"codecs": _codecs(codec.codecs), "index_codecs": _codecs(codec.index_codecs)}
            members = {**members, "configuration": {**members["configuration"], **inner}}
        codecs.append(members)
    return codecs


def _forget_order(codecs: list[Json], name: str) -> None:
    """Let the codec that stores elements store plain bytes, which have no byte order."""
    for codec in codecs:
        if codec["name"] == "sharding_indexed":
            _forget_order(codec["configuration"]["codecs"], name)
        if codec["name"] != "bytes":
            continue
        if codec.pop("configuration", {}).get("endian", sys.byteorder) != sys.byteorder:
            raise NotImplementedError(f"data type {name!r} is not served in another byte order")


def _format2(document: Document, metadata: ArrayV2Metadata) -> tuple[Json, Layout]:
    dtype = document.dtype
    if dtype.kind not in KINDS or dtype.isbuiltin == 2:
        raise NotImplementedError(f"data type {dtype.str.lstrip('|')!r} of format 2 is not served")
    filters: Sequence[Any] = metadata.filters or ()
    if filters:
        raise NotImplementedError(f"the filter {filters[0].codec_id!r} of format 2 is not served")
    compressor = None
    if metadata.compressor:
        name = metadata.compressor.codec_id
        _check_own(name, metadata.compressor, COMPRESSORS)
        compressor = {"id": name} | COMPRESSORS[name]
    members: Json = {
        "zarr_format": 2,
        "shape": list(metadata.shape),
        "chunks": list(metadata.chunks),
        "dtype": dtype.str,
        "order": metadata.order,
        "dimension_separator": metadata.dimension_separator,
        "compressor": compressor,
        "filters": None,
        "fill_value": json.loads(document.json).get("fill_value"),
    }
    return members, "raw" if compressor is None else "chunks"


def _check_own(name: str, codec: object, served: Collection[str]) -> None:
    if name not in served:
        raise NotImplementedError(f"codec {name!r} is not served")
    if not type(codec).__module__.startswith(OWN_MODULES):
        raise NotImplementedError(
            f"codec {name!r} is of the class {type(codec).__name__!r}, which is not zarr's own"
        )
    if getattr(codec, "cname", None) == "snappy":
        # The library has it. `"auto"` would give such arrays to this engine, if it alone served.
        raise NotImplementedError("the compressor 'snappy' of blosc is not served")
