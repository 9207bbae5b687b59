"""Where a document was read: a store, and the node's path in it.

A call without a path is about the node that its document was read from, if it is given the same
store, and else about the root of the store that it is given. The same store is

- the same object, or one `LoggingStore` or plain `WrapperStore` around it;
- a `LocalStore` or `ZipStore` of the same class at the same place of the file system;
- a `MemoryStore` on the same `dict`, and an `FsspecStore` of the same file system and path;
- an `ObjectStore` on an obstore store that is equal;
- of other classes, a store that is equal, if its class says what that means.
"""

from __future__ import annotations

import os
import weakref
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr.abc.store import Store
from zarr.crud._errors import InvalidPathError
from zarr.crud._store import Location, locate
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    MemoryStore,
    ObjectStore,
    StorePath,
    WrapperStore,
    ZipStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.crud._document import Document
    from zarr.crud._store import StoreLike


class Place(NamedTuple):
    """What names a store's place, so that another object can be told to be there."""

    kind: str
    path: Path | str
    file_system: Any = None


class Origin(NamedTuple):
    """A node's place, which does not keep the caller's store alive."""

    store: Callable[[], Store | None]
    place: Place | None
    path: str


def origin_of(location: Location, given: StoreLike) -> Origin:
    """Return the origin of a document at a location in the store that `given` names."""
    store = _unwrapped(location.store)
    place = _place_of(store)
    if place is None and location.store is not given and not isinstance(given, (Store, StorePath)):
        # Made of a `dict` or an obstore store for one call, and what tells these again.
        return Origin(lambda: store, None, location.path)
    return Origin(weakref.ref(store), place, location.path)


def locate_node(document: Document, store: StoreLike, path: str | None) -> Location:
    """Return the location of the node that a call is about; see above for one without a path.

    Raises
    ------
    InvalidPathError
        As by `locate`, or nothing tells whether the document came from this store.
    """
    if path is not None:
        return locate(store, path)
    base = locate(store, "")
    return base if document._origin is None else Location(base.store, _path_in(document, base))


def path_in(document: Document, store: Store) -> str:
    """Return the path of the node that a call without a path is about."""
    origin = document._origin
    if origin is None:
        return ""
    return origin.path if origin.store() is store else _path_in(document, Location(store, ""))


def _path_in(document: Document, base: Location) -> str:
    origin = document._origin
    if origin is None or not _is_from(origin, base.store):
        return base.path
    # What names a node of the store may name the document's, a group above it, or another.
    is_below = not base.path or f"{origin.path}/".startswith(f"{base.path}/")
    return origin.path if is_below else base.path


def _is_from(origin: Origin, store: Store) -> bool:
    store = _unwrapped(store)
    held = origin.store()
    if held is store:
        return True
    if origin.place is not None:
        place = _place_of(store)
        return place is not None and (place == origin.place or _is_same(place, origin.place))
    if origin.store is nowhere and origin.path:
        raise InvalidPathError(
            f"the document came from {origin.path!r} in a store that its pickle could not name, so "
            "nothing tells whether it is this one; pass path="
        )
    return held is not None and _are_one(held, store)


def _unwrapped(store: Store) -> Store:
    # Exactly these: a wrapper of another class may change keys.
    while type(store) in (LoggingStore, WrapperStore):
        store = store._store  # type: ignore[attr-defined]
    return store


def _place_of(store: Store) -> Place | None:
    kind = _kind_of(type(store))
    if kind is None:
        return None
    if isinstance(store, FsspecStore):
        return Place(kind, store.path, store.fs)
    path: Path | None = store.path if isinstance(store, ZipStore) else store.root  # type: ignore[attr-defined]
    return None if path is None else Place(kind, _absolute(path))


@cache
def _kind_of(store_type: type[Store]) -> str | None:
    """The name of a class whose stores have a place; `None` for others."""
    if issubclass(store_type, (LocalStore, ZipStore, FsspecStore)):
        return f"{store_type.__module__}.{store_type.__qualname__}"
    return None


def _absolute(path: Path) -> Path:
    # The working directory may be another when it is compared.
    return path if path.is_absolute() else Path.cwd() / path


def _is_same(one: Place, other: Place) -> bool:
    """Whether two places are one to the file system, which knows of links."""
    return (
        one.kind == other.kind
        and isinstance(one.path, Path)
        and os.path.realpath(one.path) == os.path.realpath(other.path)
    )


def _are_one(one: Store, other: Store) -> bool:
    """Whether two stores without a name for their place have the same one."""
    if type(one) is not type(other):
        return False
    if isinstance(one, MemoryStore) and isinstance(other, MemoryStore):
        # Its `==` compares contents.
        same = one._store_dict is other._store_dict
        return same and getattr(one, "path", "") == getattr(other, "path", "")
    if isinstance(one, ObjectStore) and isinstance(other, ObjectStore):
        return bool(one.store == other.store)
    if type(one).__eq__ in (object.__eq__, WrapperStore.__eq__):
        return False
    return bool(one == other)


def nowhere() -> None:
    """The store of an origin that came through a pickle, which has no store."""


def through_pickle(origin: Origin | None) -> Origin | None:
    """Return what is kept of an origin in a pickle: a path of the file system, and no client."""
    if origin is None:
        return None
    place = origin.place
    if place is not None and place.file_system is not None:
        place = None
    return Origin(nowhere, place, origin.path)
