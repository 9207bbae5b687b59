"""Everything at a target deleted but the marker, which says meanwhile that it is being deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zarr.crud._archives.keys import MARKER
from zarr.crud._document.consolidated import ZMETADATA
from zarr.crud._stores.location import Location, delete_keys
from zarr.crud._stores.trees import delete_tree, list_keys, list_names
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterable

_DOCUMENTS: Final = ("zarr.json", ZMETADATA, ".zarray", ".zgroup", ".zattrs")


def free_name(target: Location) -> None:
    """Delete what a directory has in place of the target's folder: a file, or a link.

    A marker that is stored through a link, and all that is then deleted, would be elsewhere.
    """
    if type(target.store) is LocalStore and target.path:
        place = target.store.root / target.path
        if place.is_symlink() or place.is_file():
            place.unlink()


def clear(target: Location) -> None:
    """Delete everything at a target but the marker; the documents at its root come first."""
    if type(target.store) is LocalStore:
        for name in _ordered(list_names(target)):
            delete_tree(Location(target.store, target.key(name)))
        return
    for keys in _split(_ordered(list_keys(target))):
        delete_keys(target.store, [target.key(name) for name in keys])


def _ordered(names: Iterable[str]) -> list[str]:
    kept = [name for name in names if name != MARKER]
    return sorted(kept, key=lambda name: name not in _DOCUMENTS)


def _split(names: list[str]) -> tuple[list[str], list[str]]:
    count = sum(name in _DOCUMENTS for name in names)
    return names[:count], names[count:]
