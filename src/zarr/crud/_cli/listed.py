"""All nodes at and below a place, for the commands that list them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from zarr.crud import list_children, read_metadata

if TYPE_CHECKING:
    from zarr.crud import Document
    from zarr.crud._cli.places import Place


class Node(NamedTuple):
    """A node below a place."""

    name: str
    """Its path, relative to the place; empty for the node at the place."""
    depth: int
    document: Document


def nodes(place: Place, depth: int | None = None) -> Iterator[Node]:
    """Yield the node at a place and those below it, parents first, sorted by name.

    Requests go level by level of one group; consolidated metadata is trusted.
    """
    document = read_metadata(place.store, path=place.path)
    yield Node("", 0, document)
    if document.node_type == "group":
        yield from _below(place, place.path, 1, depth)


def _below(place: Place, path: str, level: int, depth: int | None) -> Iterator[Node]:
    if depth is not None and level > depth:
        return
    for child, document in list_children(place.store, path=path):
        yield Node(child.removeprefix(place.path).strip("/"), level, document)
        if document.node_type == "group":
            yield from _below(place, child, level + 1, depth)
