"""Groups of a hierarchy, and their documents in the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarr.crud._document.cache import as_document
from zarr.crud._document.consolidated import ZMETADATA
from zarr.crud._repack.unknown_members import not_kept
from zarr.crud._stores.location import Location, get

if TYPE_CHECKING:
    from zarr.crud._archives.walk import Node
    from zarr.crud._document.document import Document


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What a repack will do with one group: its attributes are kept."""

    path: str
    """The path of the group below the source and the target; `""` is the node itself."""
    target: Document
    """The document that the target gets, without consolidated metadata."""
    is_consolidated: bool
    """Whether the target gets consolidated metadata there."""
    reason: str = ""
    """What of the document is not kept."""


def plan_group(
    path: str, node: Node, source: Location, zarr_format: int | None, *, consolidated: bool | None
) -> GroupPlan:
    """Return the plan for a group. Without a choice, metadata are consolidated as in the source."""
    members: Any = dict(node.document or {})
    copies = members.pop("consolidated_metadata", None)
    if consolidated is not None:
        # Of the node itself; copies of members are within those.
        is_consolidated = consolidated and not path
    elif node.zarr_format == 2:
        key = Location(source.store, node.path).key(ZMETADATA)
        is_consolidated = get(source.store, key) is not None
    else:
        is_consolidated = copies is not None and not _is_within_another(copies, path)
    attributes = members.get("attributes") or {}
    if (zarr_format or node.zarr_format) == 2:
        made: dict[str, Any] = {"zarr_format": 2, "attributes": attributes}
    elif node.zarr_format == 3:
        made = members
    else:
        made = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
    return GroupPlan(path, as_document(made), is_consolidated, not_kept(members, made))


def _is_within_another(copies: Any, path: str) -> bool:
    """Whether these are the empty copies that a member of a consolidated group has."""
    return bool(path) and not copies.get("metadata")
