"""All nodes of a hierarchy, from their own documents; consolidated metadata is ignored."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr.core.buffer.cpu import buffer_prototype
from zarr.crud._document.cache import as_document
from zarr.crud._document.found import OWN_NAMES, ZARR_JSON, ZARRAY, ZATTRS, ZGROUP, parsed
from zarr.crud._document.origins import origin_of
from zarr.crud._errors import CrudError
from zarr.crud._stores.directories import directory_of
from zarr.crud._stores.link_loops import loop_at
from zarr.crud._stores.location import Location, get_each
from zarr.crud._stores.trees import list_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.core.buffer import Buffer
    from zarr.crud._document.document import Document


class Node(NamedTuple):
    """An array or a group that was found, or a document that could not be read."""

    path: str
    """The path in the store."""
    document: Document | None
    """`None` if the document is damaged."""
    error: Exception | None
    """What is wrong with the document, if it is damaged."""
    zarr_format: int
    """The format by the name of the document: 2 or 3."""

    @property
    def is_array(self) -> bool:
        """Whether this is the document of an array; `False` if it is damaged."""
        return self.document is not None and self.document.node_type == "array"


def walk(location: Location) -> Iterator[Node]:
    """Yield the node at a location and all nodes below it; a group before its members.

    Members come in the order of their names. Damaged documents are yielded with their error, and
    nothing below them is looked for; a link that leads back to a folder above it, too. If there is
    no node at the location, nothing is yielded. Errors of the store are raised.

    The cost is one listing for each group, and one request for each name in it, two more where
    there is no `zarr.json`, and one for the attributes of format 2.
    """
    waiting = _nodes([location])
    while waiting:
        node = _checked(waiting.pop(), location)
        yield node
        if node.document is not None and not node.is_array:
            here = Location(location.store, node.path)
            places = [Location(here.store, here.key(name)) for name in _members(here)]
            waiting += reversed(_nodes(places))


def _members(here: Location) -> list[str]:
    """Return the names of what may be nodes directly below a group."""
    # Some stores list the parts of keys such as "a//b", which are no names of nodes.
    none = {*(name for names in OWN_NAMES.values() for name in names), "", ".", ".."}
    return [name for name in list_prefixes(here) if name not in none]


def _checked(node: Node, root: Location) -> Node:
    """Return a node, or the error that its folder is a link to one above it."""
    local = directory_of(root.store)
    if local is None or node.path == root.path:
        return node
    below = node.path.removeprefix(f"{root.path}/" if root.path else "")
    loop = loop_at(os.fspath(local.root / root.path), below)
    return node if loop is None else node._replace(document=None, error=loop)


def _nodes(places: list[Location]) -> list[Node]:
    """Return what is stored at places of one store, in two round trips."""
    values = _values(places, ZARR_JSON)
    others = [place for place in places if place.key(ZARR_JSON) not in values]
    values |= _values(others, ZARRAY, ZGROUP)
    found = [place for place in others if not values.keys().isdisjoint(_keys(place))]
    values |= _values(found, ZATTRS)
    return [node for node in (_node(place, values) for place in places) if node is not None]


def _keys(place: Location) -> list[str]:
    return [place.key(ZARRAY), place.key(ZGROUP)]


def _values(places: list[Location], *names: str) -> dict[str, Buffer]:
    keys = [place.key(name) for place in places for name in names]
    found = get_each(places[0].store, keys, buffer_prototype) if keys else []
    return {key: value for key, value in zip(keys, found, strict=True) if value is not None}


def _node(place: Location, values: dict[str, Buffer]) -> Node | None:
    name = next((n for n in (ZARR_JSON, ZARRAY, ZGROUP) if place.key(n) in values), None)
    if name is None:
        return None
    version = 3 if name == ZARR_JSON else 2
    try:
        members: Any = parsed(place.key(name), values[place.key(name)])
        if version == 2:
            attributes = parsed(place.key(ZATTRS), values.get(place.key(ZATTRS)))
            members["attributes"] = attributes or {}
        document = as_document(members)
    except (CrudError, ImportError) as err:
        return Node(place.path, None, err, version)
    return Node(place.path, document._read_from(origin_of(place, place.store)), None, version)
