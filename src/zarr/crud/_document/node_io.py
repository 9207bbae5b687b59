"""Documents in a store: synchronous get, set and delete of `zarr.json` and format 2's documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.core.config import config
from zarr.crud._document.cache import as_document
from zarr.crud._document.consolidated import consolidated_children
from zarr.crud._errors import DocumentError
from zarr.crud._stores.batches import map_each
from zarr.crud._stores.location import Location, delete, delete_tree, get, list_names, put, put_new
from zarr.errors import (
    ContainsArrayError,
    ContainsGroupError,
    NodeNotFoundError,
    NodeTypeValidationError,
)

if TYPE_CHECKING:
    from zarr.core.common import JSON
    from zarr.crud._document.document import Document

ZARR_JSON: Final = "zarr.json"
ZARRAY: Final = ".zarray"
ZGROUP: Final = ".zgroup"
ZATTRS: Final = ".zattrs"

_ATTEMPTS: Final = 8

type Found = tuple[str, dict[str, JSON]]
"""The name of a stored document, and its members without those of `.zattrs`."""


def create(document: Document, location: Location, *, overwrite: bool) -> None:
    """Write the document of a new node and of the missing groups above it."""
    files = _files(document)
    if not overwrite:
        _require_absent(location)
    parents = _missing_parents(location)
    if overwrite:
        delete_tree(location)
    for parent in parents:
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
    found = _find(location)
    if found is None:
        raise NodeNotFoundError(f"there is no array or group at {location}")
    return _document(location, found)


def write_metadata(document: Document, location: Location) -> None:
    """Replace the document of the node at the location; its chunks stay."""
    files = _files(document)
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
    names = list_names(location)
    places = [Location(location.store, location.key(name)) for name in names]
    documents = map_each(location.store, _document_if_any, places)
    # A plain key is a document or a chunk; a prefix without a document is not a node.
    pairs = zip(names, documents, strict=True)
    return [(name, document) for name, document in pairs if document is not None]


def delete_node(location: Location) -> None:
    """Delete the node, its chunks and all nodes below it."""
    if _find(location) is None:
        raise NodeNotFoundError(f"there is no array or group at {location}; nothing was deleted")
    delete_tree(location)


def _is_array(found: Found) -> bool:
    name, members = found
    return name == ZARRAY or members.get("node_type") == "array"


def _document_if_any(location: Location) -> Document | None:
    found = _find(location)
    return None if found is None else _document(location, found)


def _document(location: Location, found: Found) -> Document:
    name, members = found
    if name != ZARR_JSON:
        attributes = _get_json(location, ZATTRS)
        members["attributes"] = {} if attributes is None else attributes
    return as_document(members)


def _find(location: Location) -> Found | None:
    for name in (ZARR_JSON, ZARRAY, ZGROUP):
        members = _get_json(location, name)
        if members is not None:
            return name, members
    return None


def _get_json(location: Location, name: str) -> dict[str, JSON] | None:
    key = location.key(name)
    # Documents are read on the CPU, even if chunks are not.
    stored = get(location.store, key, prototype=cpu_buffer_prototype)
    if stored is None:
        return None
    try:
        members = json.loads(stored.to_bytes())
    except (ValueError, RecursionError) as err:
        raise DocumentError(f"the document {key!r} is not JSON: {err}") from err
    if not isinstance(members, dict):
        raise DocumentError(f"the document {key!r} is not a JSON object")
    return cast("dict[str, JSON]", members)


def _require_absent(location: Location) -> None:
    found = _find(location)
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
        _require_absent(location)
    raise OSError(
        f"other writers create and delete the node at {location} all the time; try again later"
    )


def _create_group(parent: Location, files: dict[str, bytes]) -> None:
    for name, text in files.items():
        if not put_new(parent.store, parent.key(name), text):
            # Another creator was first.
            _check_group(parent, _find(parent))


def _check_group(parent: Location, found: Found | None) -> None:
    if found is not None and _is_array(found):
        raise ContainsArrayError(
            f"there is an array at {parent}; only a group can have a node below it"
        )


def _missing_parents(location: Location) -> list[Location]:
    missing = []
    parts = location.path.split("/")[:-1] if location.path else []
    depths = range(len(parts) + 1) if location.path else ()
    parents = [Location(location.store, "/".join(parts[:depth])) for depth in depths]
    for parent, found in zip(parents, map_each(location.store, _find, parents), strict=True):
        _check_group(parent, found)
        if found is None:
            missing.append(parent)
    return missing


def _files(document: Document) -> dict[str, bytes]:
    """The names and bytes to store for a node: the caller's document, unchanged."""
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
