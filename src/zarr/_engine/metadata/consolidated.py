"""Consolidated metadata that is parsed a member at a time, for groups that have an engine."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from zarr._engine.metadata.lazy_members import LazyMembers, Unparsed
from zarr._engine.metadata.opened_with import engine_in_play, opened_with

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from zarr._engine.metadata.templates import Template


def parsed_lazily(native: Callable[..., Any]) -> Callable[..., Any]:
    """Make `ConsolidatedMetadata.from_dict` parse each member when somebody asks for it.

    What the members are and which of them are below which is checked at once, as upstream does.
    Documents that are not like those that zarr-python writes are left to upstream.
    """
    from zarr.core.group import ConsolidatedMetadata

    @wraps(native)
    def from_dict(cls: Any, data: Any, *, path: str | None = None) -> Any:
        if cls is not ConsolidatedMetadata or engine_in_play() is None:
            return native(cls, data, path=path)
        members = _members(data, path)
        if members is None:
            return native(cls, data, path=path)
        return cls(metadata=members)

    return from_dict


class _Node:
    """A document among the copies, and those of the nodes directly below."""

    __slots__ = ("below", "document", "is_group", "known")

    def __init__(self, document: dict[str, Any], known: Template | None, *, is_group: bool) -> None:
        self.document, self.known, self.is_group = document, known, is_group
        self.below: dict[str, _Node] = {}


def _members(data: Any, path: str | None) -> LazyMembers | None:
    """Return the direct members of a group; `None` if upstream has to judge the document."""
    copies = data.get("metadata") if isinstance(data, dict) else None
    if not isinstance(copies, dict) or data.get("kind") != "inline":
        return None
    nodes: dict[str, _Node] = {}
    for key, document in copies.items():
        node = _node(document)
        if node is None:
            return None
        nodes[key] = node
    top: dict[str, _Node] = {}
    for key, node in nodes.items():
        above, _, name = key.rpartition("/")
        if not name or (not above and name != key):
            return None
        if not above:
            top[name] = node
            continue
        parent = nodes.get(above)
        if parent is None or not parent.is_group:
            return None
        parent.below[name] = node
    return _lazy(top, "" if path is None else path, is_top=True)


def _node(document: Any) -> _Node | None:
    if not isinstance(document, dict):
        return None
    zarr_format = document.get("zarr_format")
    if zarr_format.__class__ is not int:
        return None
    if zarr_format == 3 and document.get("node_type") in ("group", "array"):
        is_group = document["node_type"] == "group"
    elif zarr_format == 2:
        is_group = "shape" not in document
    else:
        return None
    # What is known has been parsed without a warning.
    known = None if is_group else _templates().known_template(document)
    if not is_group and known is None and _is_repaired(document, zarr_format):
        return None
    return _Node(document, known, is_group=is_group)


def _is_repaired(document: dict[str, Any], zarr_format: Any) -> bool:
    """Return whether upstream reads another document instead, and may warn where it is read."""
    from zarr.core.metadata.repair import repair_array_document

    try:
        return bool(repair_array_document(document, zarr_format)[1])
    except Exception:  # noqa: BLE001  # upstream raises it again
        return True


@cache
def _templates() -> ModuleType:
    # Imported at the first use of an engine: zarr is only partly imported when this module is.
    from zarr._engine.metadata import templates

    return templates


def _lazy(nodes: dict[str, _Node], path: str, *, is_top: bool) -> LazyMembers:
    return LazyMembers(
        {name: Unparsed(_parser(node, _below(path, name), is_top)) for name, node in nodes.items()}
    )


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _parser(node: _Node, path: str, is_top: bool) -> Callable[[], Any]:  # noqa: FBT001
    def parse() -> Any:
        if node.is_group:
            return _group(node, path, is_top)
        if node.known is not None:
            return node.known.metadata(node.document.get("attributes"))
        return _templates().array_metadata(node.document, path)

    return parse


def _group(node: _Node, path: str, is_top: bool) -> Any:  # noqa: FBT001
    from zarr.core.group import ConsolidatedMetadata, GroupMetadata

    # Whoever asks for the member may have no engine.
    with opened_with("auto"):
        group = GroupMetadata.from_dict(node.document, path=path)
    # As upstream nests them: the copies of the outermost group have precedence over those that a
    # group among them brings, unless it is below another one and has no node below it.
    if not (is_top or node.below) and group.consolidated_metadata is not None:
        return group
    below: Any = _lazy(node.below, path, is_top=False)
    return replace(group, consolidated_metadata=ConsolidatedMetadata(metadata=below))
