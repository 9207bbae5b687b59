"""Metadata objects of equal documents share what is immutable, so that it is parsed once."""

from __future__ import annotations

import marshal
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.core.metadata.v2 import ArrayV2Metadata
    from zarr.core.metadata.v3 import ArrayV3Metadata
    from zarr.crud._bounded_cache import BoundedCache

type Key = tuple[bytes, tuple[tuple[str, str], ...]]
"""A document without its attributes, and the configured classes of codecs."""

# Sharing is limited to what upstream parses without a warning into objects without a state.
_MEMBERS: Final = frozenset(
    (
        *("zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding"),
        *("fill_value", "codecs", "attributes", "dimension_names", "storage_transformers"),
    )
)
_MEMBERS_2: Final = frozenset(
    (
        *("zarr_format", "shape", "chunks", "dtype", "fill_value", "order", "filters"),
        *("dimension_separator", "compressor", "attributes"),
    )
)
_DATA_TYPE: Final = re.compile("bool|u?int(8|16|32|64)|float(16|32|64)|complex(64|128)")
_DATA_TYPE_2: Final = re.compile(r"\|[bui]1|[<>]([ui][248]|f[248]|c(8|16))")
_CODECS: Final = frozenset(("bytes", "transpose", "blosc", "gzip", "zstd", "crc32c"))
_COMPRESSORS: Final = frozenset(("blosc", "zstd", "gzip", "zlib", "lz4", "bz2"))

# A document that is larger would take more memory than it saves time.
_LONGEST: Final = 16 << 10


def array_metadata(document: dict[str, Any], path: str | None) -> ArrayV2Metadata | ArrayV3Metadata:
    """Return upstream's metadata object for the document of an array.

    `path` names the array in warnings. The attributes are those of this document; the object may
    share everything else, which is immutable, with those of equal documents.
    """
    template = _template(document, _templates())
    return _parse(document, path) if template is None else metadata_like(template, document)


def known_metadata(document: dict[str, Any]) -> ArrayV2Metadata | ArrayV3Metadata | None:
    """Return what was parsed of an equal document earlier; parse nothing.

    Give it to `metadata_like`: it has no attributes, and is shared.
    """
    return _template(document, _templates().get)


def metadata_like(
    template: ArrayV2Metadata | ArrayV3Metadata, document: dict[str, Any]
) -> ArrayV2Metadata | ArrayV3Metadata:
    """Return the metadata of a document that is equal to a known one but for its attributes."""
    attributes = document.get("attributes")
    made = object.__new__(type(template))
    members = made.__dict__
    members |= template.__dict__
    members["attributes"] = dict(attributes or ())
    if "extra_fields" in members:
        members["extra_fields"] = {}
    return made


def _template(
    document: dict[str, Any], find: Callable[[Key], ArrayV2Metadata | ArrayV3Metadata | None]
) -> ArrayV2Metadata | ArrayV3Metadata | None:
    """Return what equal documents share; `None` if upstream has to read this one."""
    if not isinstance(document.get("attributes"), dict | None) or not _is_shared(document):
        return None
    members = dict(document)
    members.pop("attributes", None)
    try:
        # Version 2 writes equal documents as equal bytes; later ones depend on references.
        text = marshal.dumps(members, 2)
        if len(text) > _LONGEST:
            return None
        return find((text, tuple(config.config["codecs"].items())))
    except Exception:  # noqa: BLE001  # upstream raises it again, with the place of the array
        return None


def _parsed(key: Key) -> ArrayV2Metadata | ArrayV3Metadata | None:
    from zarr.core.metadata.repair import repair_array_document

    # A document of its own: no caller can change what is shared.
    members = marshal.loads(key[0])  # written above
    if repair_array_document(members, members["zarr_format"])[1]:
        # Upstream warns, and keeps the document.
        return None
    return _parse(members, None)


@cache
def _templates() -> BoundedCache[Key, ArrayV2Metadata | ArrayV3Metadata | None]:
    from zarr.crud._bounded_cache import BoundedCache

    return BoundedCache(_parsed, most=1024)


def _is_shared(document: dict[str, Any]) -> bool:
    if document.get("zarr_format") == 3:
        return (
            document.keys() <= _MEMBERS
            and _matches(_DATA_TYPE, document.get("data_type"))
            and not document.get("storage_transformers")
            and _are_known(document.get("codecs"))
        )
    compressor = document.get("compressor")
    return (
        document.keys() <= _MEMBERS_2
        and _matches(_DATA_TYPE_2, document.get("dtype"))
        and document.get("filters") is None
        and (
            compressor is None
            or (isinstance(compressor, dict) and compressor.get("id") in _COMPRESSORS)
        )
    )


def _matches(pattern: re.Pattern[str], name: object) -> bool:
    return isinstance(name, str) and pattern.fullmatch(name) is not None


def _are_known(codecs: object) -> bool:
    return isinstance(codecs, list) and all(
        isinstance(codec, dict) and codec.get("name") in _CODECS for codec in codecs
    )


def _parse(document: dict[str, Any], path: str | None) -> ArrayV2Metadata | ArrayV3Metadata:
    from zarr.core.metadata.v2 import ArrayV2Metadata
    from zarr.core.metadata.v3 import ArrayV3Metadata

    if document.get("zarr_format") == 3:
        return ArrayV3Metadata.from_dict(document, path=path)
    return ArrayV2Metadata.from_dict(document, path=path)
