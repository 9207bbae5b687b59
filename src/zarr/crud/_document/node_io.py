"""Documents in a store: synchronous get, set and delete of `zarr.json` and format 2's documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.core.config import config
from zarr.crud._document.cache import as_document
from zarr.crud._document.consolidated import consolidated_children
from zarr.crud._document.document import Document
from zarr.crud._document.found import (
    OWN_NAMES,
    ZARR_JSON,
    ZARRAY,
    ZATTRS,
    ZGROUP,
    Found,
    document_of,
    find_together,
    members_of,
    parsed,
)
from zarr.crud._stores.at_hand import is_at_hand
from zarr.crud._stores.location import Location, delete, get_bytes, get_each, put, put_new
from zarr.crud._stores.trees import delete_tree, list_prefixes
from zarr.errors import (
    ContainsArrayError,
    ContainsGroupError,
    NodeNotFoundError,
    NodeTypeValidationError,
)

if TYPE_CHECKING:
    from zarr.core.common import JSON

_ATTEMPTS: Final = 8


def create(document: Document, location: Location, *, overwrite: bool) -> None:
    """Write the document of a new node and of the missing groups above it."""
    files = files_of(document)
    above = _above(location)
    found = _find_each(above if overwrite else [location, *above])
    if not overwrite:
        _check_absent(location, found.pop(0))
    missing = []
    for parent, one in zip(above, found, strict=True):
        _check_group(parent, one)
        if one is None:
            missing.append(parent)
    if overwrite:
        delete_tree(location)
    for parent in missing:
        _create_group(parent, _group_files(document))
    (name, text), *others = files.items()
    if overwrite:
        put(location.store, location.key(name), text)
    else:
        _put_new(location, name, text)
    for name, text in others:
        put(location.store, location.key(name), text)


def read_metadata(location: Location) -> Document:
    """Return the document stored at the location; format 3 takes precedence over format 2."""
    found = _find(location, whole=True)
    if found is None:
        raise NodeNotFoundError(f"there is no array or group at {location}")
    return found[1] if type(found[1]) is Document else _documents([(location, found)])[0]


def write_metadata(document: Document, location: Location) -> None:
    """Replace the document of the node at the location; its chunks stay."""
    files = files_of(document)
    found = _find(location)
    if found is None:
        raise NodeNotFoundError(f"there is no array or group at {location}; create it first")
    if _is_array(found) != (document.node_type == "array") or next(iter(files)) != found[0]:
        raise NodeTypeValidationError(
            f"the node at {location} is of another type or format than the document; "
            "replace it with overwrite=True"
        )
    for name, text in files.items():
        put(location.store, location.key(name), text)
    if found[0] != ZARR_JSON and ZATTRS not in files:
        delete(location.store, location.key(ZATTRS))


def list_children(location: Location) -> list[tuple[str, Document]]:
    """Return names and documents of the nodes directly below a group, sorted by name."""
    group = read_metadata(location)
    if group.node_type == "array":
        raise NodeTypeValidationError(f"the node at {location} is an array; it has no children")
    consolidated = consolidated_children(group, lambda name: _get_json(location, name))
    if consolidated is not None:
        return consolidated
    own = OWN_NAMES[group.metadata.zarr_format]
    names = [name for name in list_prefixes(location) if name not in own]
    places = [Location(location.store, location.key(name)) for name in names]
    each = _find_each(places, whole=True, of_format_2=group["zarr_format"] == 2)
    # A plain key is a document or a chunk; a prefix without a document is not a node.
    nodes = [
        (name, place, found)
        for name, place, found in zip(names, places, each, strict=True)
        if found is not None
    ]
    documents = _documents([(place, found) for _, place, found in nodes])
    return [(name, document) for (name, *_), document in zip(nodes, documents, strict=True)]


def delete_node(location: Location) -> None:
    """Delete the node, its chunks and all nodes below it."""
    if _find(location) is None:
        raise NodeNotFoundError(f"there is no array or group at {location}; nothing was deleted")
    delete_tree(location)


def _is_array(found: Found) -> bool:
    name, members = found
    return name == ZARRAY or members.get("node_type") == "array"


def _documents(nodes: list[tuple[Location, Found]]) -> list[Document]:
    """Return the documents of nodes of one store that were found `whole`."""
    apart = [place for place, (name, _) in nodes if name != ZARR_JSON and is_at_hand(place.store)]
    # One for each node of format 2, unless they were found with the other documents.
    attributes = iter(_get_json_each(apart, ZATTRS))
    return [
        as_document(
            {**members, "attributes": next(attributes) or {}}
            if name != ZARR_JSON and apart
            else members
        )
        for _, (name, members) in nodes
    ]


def _find(location: Location, *, whole: bool = False) -> Found | None:
    return _find_each([location], whole=whole)[0]


def _find_each(
    places: list[Location], *, whole: bool = False, of_format_2: bool = False
) -> list[Found | None]:
    """Return what is stored for the nodes at places of one store.

    Where requests wait, many are made at a time, the members of `.zattrs` are among those found if
    they are needed for a `whole` document, and nodes that should be `of_format_2` are found in one
    round trip.
    """
    if places and not is_at_hand(places[0].store):
        return find_together(places, whole=whole, of_format_2=of_format_2)
    return [_find_at_hand(place, whole=whole) for place in places]


def _find_at_hand(location: Location, *, whole: bool) -> Found | None:
    for name in (ZARR_JSON, ZARRAY, ZGROUP):
        key = location.key(name)
        stored = get_bytes(location.store, key)
        if stored is not None:
            return name, (document_of if whole and name == ZARR_JSON else members_of)(key, stored)
    return None


def _get_json(location: Location, name: str) -> dict[str, JSON] | None:
    return _get_json_each([location], name)[0]


def _get_json_each(places: list[Location], name: str) -> list[dict[str, JSON] | None]:
    if not places:
        return []
    keys = [place.key(name) for place in places]
    # Documents are read on the CPU, even if chunks are not.
    values = get_each(places[0].store, keys, cpu_buffer_prototype)
    return [parsed(key, value) for key, value in zip(keys, values, strict=True)]


def _check_absent(location: Location, found: Found | None) -> None:
    if found is None:
        return
    if _is_array(found):
        raise ContainsArrayError(f"there is an array at {location}; pass overwrite=True")
    raise ContainsGroupError(f"there is a group at {location}; pass overwrite=True")


def _put_new(location: Location, name: str, text: bytes) -> None:
    """Store the document of a new node; of two that create it, one gets an error."""
    for _ in range(_ATTEMPTS):
        if put_new(location.store, location.key(name), text):
            return
        # The other node may be deleted before it is looked at.
        _check_absent(location, _find(location))
    raise OSError(
        f"other writers create and delete the node at {location} all the time; try again later"
    )


def _above(location: Location) -> list[Location]:
    """Return the places of all groups above a node, beginning with the root."""
    parts = location.path.split("/")[:-1] if location.path else []
    depths = range(len(parts) + 1) if location.path else ()
    return [Location(location.store, "/".join(parts[:depth])) for depth in depths]


def _check_group(parent: Location, found: Found | None) -> None:
    if found is not None and _is_array(found):
        raise ContainsArrayError(
            f"there is an array at {parent}; only a group can have a node below it"
        )


def _create_group(location: Location, files: dict[str, bytes]) -> None:
    for name, text in files.items():
        if not put_new(location.store, location.key(name), text):
            # Another creator was first.
            _check_group(location, _find(location))


def files_of(document: Document) -> dict[str, bytes]:
    """Return the names and bytes to store for a node: the caller's document, unchanged."""
    members = dict(document)
    if members["zarr_format"] == 3:
        return {ZARR_JSON: _encode(members)}
    attributes = members.pop("attributes", {})
    members.pop("node_type", None)
    name = ZARRAY if document.node_type == "array" else ZGROUP
    files = {name: _encode(members)}
    if attributes:
        files[ZATTRS] = _encode(attributes)
    return files


def _group_files(document: Document) -> dict[str, bytes]:
    if document["zarr_format"] == 3:
        return {ZARR_JSON: _encode({"zarr_format": 3, "node_type": "group", "attributes": {}})}
    return {ZGROUP: _encode({"zarr_format": 2})}


def _encode(members: Any) -> bytes:
    return json.dumps(members, indent=config.get("json_indent")).encode()
