"""All nodes of a hierarchy, from their own documents; consolidated metadata is ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from zarr.core.buffer.cpu import buffer_prototype
from zarr.crud._document.cache import as_document
from zarr.crud._document.found import OWN_NAMES, ZARR_JSON, ZARRAY, ZATTRS, ZGROUP, parsed
from zarr.crud._document.origins import origin_of
from zarr.crud._errors import CrudError
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
    nothing below them is looked for. If there is no node at the location, nothing is yielded.
    Errors of the store are raised.

    The cost is one listing for each group, and one request for each name in it, two more where
    there is no `zarr.json`, and one for the attributes of format 2.
    """
    for node in _nodes([location]):
        yield from _below(node, location)


def _below(node: Node, root: Location) -> Iterator[Node]:
    yield node
    if node.document is None or node.is_array:
        return
    here = Location(root.store, node.path)
    own = {name for names in OWN_NAMES.values() for name in names}
    names = [name for name in list_prefixes(here) if name not in own]
    for member in _nodes([Location(root.store, here.key(name)) for name in names]):
        yield from _below(member, root)


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
