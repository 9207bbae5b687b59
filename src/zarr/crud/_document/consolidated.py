"""The documents of a group's members, from copies in the group's own documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.core.group import GroupMetadata
from zarr.crud._document.cache import as_document
from zarr.crud._errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarr.crud._document.document import Document

ZMETADATA: Final = ".zmetadata"

_NODES: Final = (".zarray", ".zgroup")


def consolidated_children(
    group: Document, get_json: Callable[[str], Mapping[str, Any] | None]
) -> list[tuple[str, Document]] | None:
    """Return names and documents of a group's children; `None` if the group keeps no copies.

    `get_json` reads a document of the group by name: format 2 keeps the copies in a separate one.
    """
    if group["zarr_format"] == 2:
        found = get_json(ZMETADATA)
        return None if found is None else _of_format_2(found)
    metadata = group.metadata
    if not isinstance(metadata, GroupMetadata) or metadata.consolidated_metadata is None:
        return None
    members = metadata.consolidated_metadata.metadata
    return [(name, as_document(members[name])) for name in sorted(members)]


def _of_format_2(consolidated: Mapping[str, Any]) -> list[tuple[str, Document]]:
    version, copies = (consolidated.get(name) for name in ("zarr_consolidated_format", "metadata"))
    if version != 1 or not isinstance(copies, dict):
        raise DocumentError(
            f"the document {ZMETADATA!r} is not consolidated metadata of version 1; "
            "consolidate the group again, or delete it"
        )
    children = []
    for key, members in sorted(copies.items()):
        name, _, document = key.partition("/")
        if document in _NODES and isinstance(members, dict):
            attributes = copies.get(f"{name}/.zattrs", {})
            children.append((name, as_document({**members, "attributes": attributes})))
    return children
