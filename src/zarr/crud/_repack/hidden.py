"""Nodes that no listing of groups finds, because a group above them has no document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zarr.crud._document.found import OWN_NAMES, ZARR_JSON, ZARRAY, ZGROUP
from zarr.crud._errors import DocumentError
from zarr.crud._stores.location import Location
from zarr.crud._stores.trees import list_keys, list_prefixes

if TYPE_CHECKING:
    from collections.abc import Collection

_OWN: Final = {name for names in OWN_NAMES.values() for name in names}


def check_none_hidden(group: Location, known: Collection[str]) -> None:
    """Refuse a group with nodes below a name at which there is no node.

    `known` are the paths of all nodes that were found.

    Raises
    ------
    DocumentError
        There is such a node; a copy would be without it.
    """
    for name in list_prefixes(group):
        place = Location(group.store, group.key(name))
        if name in _OWN or place.path in known:
            continue
        for key in list_keys(place):
            if key.rpartition("/")[2] in (ZARR_JSON, ZARRAY, ZGROUP):
                node = place.key(key).rpartition("/")[0]
                raise DocumentError(
                    f"there is a node at {node!r}, but no document of a group at {place}, so a "
                    "copy would be without it; create the group first, or name the node itself; "
                    "nothing was written"
                )
