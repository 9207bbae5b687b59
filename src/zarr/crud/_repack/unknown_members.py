"""Members of documents that only extensions know: the other format has no place for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.core.metadata.v3 import ARRAY_METADATA_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_GROUPS: Final = {"zarr_format", "node_type", "attributes", "consolidated_metadata"}

_OF_ARRAYS_2: Final = {
    "shape",
    "chunks",
    "dtype",
    "fill_value",
    "order",
    "filters",
    "compressor",
    "dimension_separator",
}

_KNOWN: Final = {2: _OF_GROUPS | _OF_ARRAYS_2, 3: _OF_GROUPS | ARRAY_METADATA_KEYS}


def not_kept(source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Say which members of a document the document of the other format lacks; empty if none.

    They may be unknown, so readers do not need them: format 3 says so by `must_understand`.
    """
    before, after = source["zarr_format"], target["zarr_format"]
    names = sorted(source.keys() - _KNOWN[before]) if before != after else []
    if not names:
        return ""
    listed = ", ".join(map(repr, names))
    return f"Members of extensions are not kept, since zarr format {after} has no place: {listed}."
