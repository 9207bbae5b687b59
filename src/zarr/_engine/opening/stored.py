"""Documents of nodes in local files, read without any coroutine."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr._engine.opening.files import contents_of

if TYPE_CHECKING:
    from zarr.storage import StorePath

OTHERS: Final = (".zarray", ".zgroup", ".zattrs", ".zmetadata")
"""The documents of format 2, beside which zarr does more than read `zarr.json`."""

NODES: Final = {
    2: {"array": ".zarray", "group": ".zgroup"},
    3: dict.fromkeys(("array", "group"), "zarr.json"),
}
"""The documents of which a node has one, by its format."""


class Stored(NamedTuple):
    """A document, with the attributes of the node."""

    node_type: object
    members: dict[str, Any]


def stored_at(
    place: StorePath, zarr_format: int | None, node_types: tuple[str, ...] = ("array", "group")
) -> Stored | None:
    """Return the document of a node; `None` where zarr does more than read it, or raises.

    In format 2, the document is that of the first of the types that is there. Without a format,
    documents of one format are beside none of the other.
    """
    root: Any = getattr(place.store, "root", None)
    folder = f"{root}/{place.path}" if place.path else str(root)
    # What is no document, or cannot be read.
    with suppress(OSError, ValueError, TypeError, RecursionError):
        if zarr_format != 2:
            with suppress(FileNotFoundError):
                members = _document(f"{folder}/zarr.json")
                if members.get("zarr_format") != 3 or (zarr_format is None and _is_mixed(folder)):
                    return None
                return Stored(members.get("node_type"), members)
        if zarr_format != 3:
            return _of_format_2(folder, node_types)
    return None


def _of_format_2(folder: str, node_types: tuple[str, ...]) -> Stored | None:
    for node_type in node_types:
        with suppress(FileNotFoundError):
            members = _document(f"{folder}/{NODES[2][node_type]}")
            if members.get("zarr_format") != 2 or (node_type == "array") != ("shape" in members):
                return None
            return Stored(node_type, members | {"attributes": _attributes(folder)})
    return None


def is_consolidated(place: StorePath) -> bool:
    """Return whether a group of format 2 has documents of its members."""
    root: Any = getattr(place.store, "root", None)
    return os.path.lexists(f"{root}/{place.path}/.zmetadata")


def _document(file: str) -> dict[str, Any]:
    members = json.loads(contents_of(file))
    if not isinstance(members, dict):
        raise TypeError(f"{file} is no mapping")
    return members


def _attributes(folder: str) -> dict[str, Any]:
    with suppress(FileNotFoundError):
        return _document(f"{folder}/.zattrs")
    return {}


def _is_mixed(folder: str) -> bool:
    return any(os.access(f"{folder}/{other}", os.F_OK) for other in OTHERS)
