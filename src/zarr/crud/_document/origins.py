"""The origin of a document: the store that it was read from, and the node's path in it.

A call without a path acts on the node that its document was read from, if it is given the same
store; otherwise on the root of the given store. The same store is

- the same object, or one `LoggingStore` or plain `WrapperStore` around it;
- a `LocalStore` or `ZipStore` of the same class at the same place of the file system;
- a `MemoryStore` on the same `dict`, and an `FsspecStore` of the same file system and path;
- an `ObjectStore` on an equal obstore store;
- for other classes, an equal store, if the class defines equality.

If this can no longer be determined, because the store is gone or was not in the pickle, a call on a
store of the same class needs a path: the root would be a guess.
"""

from __future__ import annotations

import os
import weakref
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr.abc.store import Store
from zarr.crud._errors import InvalidPathError
from zarr.crud._stores.batched_store import without_batch
from zarr.crud._stores.location import Location, locate
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

    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import StoreLike


class Place(NamedTuple):
    """The place of a store, to compare it with that of another object."""

    path: Path | str
    file_system: Any = None


class Origin(NamedTuple):
    """A node's place, which does not keep a caller's data in memory alive."""

    store: Callable[[], Store | None]
    kind: str
    """The name of the store's class."""
    place: Place | None
    path: str


def origin_of(location: Location, given: StoreLike) -> Origin:
    """Return the origin of a document at a location in the store that `given` names."""
    store = _unwrapped(location.store)
    kind, place = _kind_of(type(store)), _place_of(store)
    if place is None and (_is_client(store) or _is_made(location.store, given)):
        return Origin(lambda: store, kind, None, location.path)
    return Origin(weakref.ref(store), kind, place, location.path)


def _is_made(store: Store, given: StoreLike) -> bool:
    """Whether a store was made for one call, from a `dict` or obstore store that it contains."""
    return store is not given and not isinstance(given, (Store, StorePath))


def _is_client(store: Store) -> bool:
    """Whether a store holds no data itself, so that a call may make another object for them."""
    if isinstance(store, ObjectStore):
        return type(store.store).__name__ != "MemoryStore"
    return _has_equals(type(store))


def locate_node(document: Document, store: StoreLike, path: str | None) -> Location:
    """Return the location of the node that a call acts on; see above for calls without a path.

    Raises
    ------
    InvalidPathError
        As in `locate`, or if the document may have come from another store.
    """
    if path is not None:
        return locate(store, path)
    base = locate(store, "")
    return base if document._origin is None else Location(base.store, _path_in(document, base))


def locate_new(document: Document, store: StoreLike, path: str | None) -> Location:
    """Return the location of a node that replaces any existing one; see `locate_node`.

    Raises
    ------
    InvalidPathError
        As by `locate_node`, or the document came from below the root of another store: at the root
        of this one it would replace everything stored.
    """
    location, origin = locate_node(document, store, path), document._origin
    came_from = "" if path is not None or origin is None else origin.path
    if came_from not in ("", location.path) and location.path == locate(store, "").path:
        raise InvalidPathError(
            f"the document came from {came_from!r} in another store, and without a path it would "
            f"replace all that is stored at {location}; pass path="
        )
    return location


def path_in(document: Document, store: Store) -> str:
    """Return the path of the node that a call without a path acts on."""
    origin = document._origin
    if origin is None:
        return ""
    return origin.path if origin.store() is store else _path_in(document, Location(store, ""))


def _path_in(document: Document, base: Location) -> str:
    origin = document._origin
    if origin is None or not _is_from(origin, base.store):
        return base.path
    # The argument may name the document's node, a group above it, or another node.
    is_below = not base.path or f"{origin.path}/".startswith(f"{base.path}/")
    return origin.path if is_below else base.path


def _is_from(origin: Origin, store: Store) -> bool:
    store = _unwrapped(store)
    held = origin.store()
    if held is store:
        return True
    if _kind_of(type(store)) != origin.kind:
        return False
    if origin.place is not None:
        place = _place_of(store)
        return place is not None and (place == origin.place or _is_same(place, origin.place))
    if held is not None:
        return _are_one(held, store)
    if origin.path:
        raise InvalidPathError(
            f"the document came from {origin.path!r} in a {type(store).__name__} that "
            "no longer exists, so it cannot be compared with this one; pass path="
        )
    return False


def is_same_store(one: Store, other: Store) -> bool:
    """Return whether two objects are known to be the same store; see above."""
    return _is_from(origin_of(Location(one, ""), one), other)


def _unwrapped(store: Store) -> Store:
    # Only these classes: a wrapper of another class may change keys.
    store = without_batch(store)
    while type(store) in (LoggingStore, WrapperStore):
        store = store._store  # type: ignore[attr-defined]
    return store


def _place_of(store: Store) -> Place | None:
    if not _has_place(type(store)):
        return None
    if isinstance(store, FsspecStore):
        # Zarr makes a new wrapper around a synchronous file system each time.
        return Place(store.path, getattr(store.fs, "sync_fs", store.fs))
    path: Path | None = store.path if isinstance(store, ZipStore) else store.root  # type: ignore[attr-defined]
    return None if path is None else Place(_absolute(path))


@cache
def _has_place(store_type: type[Store]) -> bool:
    return issubclass(store_type, (LocalStore, ZipStore, FsspecStore))


@cache
def _has_equals(store_type: type[Store]) -> bool:
    """Whether a class defines which of its stores are equal."""
    # Memory stores compare contents, and wrappers ignore that they may change keys.
    known = (object.__eq__, WrapperStore.__eq__)
    return not issubclass(store_type, MemoryStore) and store_type.__eq__ not in known


@cache
def _kind_of(store_type: type[Store]) -> str:
    return f"{store_type.__module__}.{store_type.__qualname__}"


def _absolute(path: Path) -> Path:
    # The working directory may change before the comparison.
    return path if path.is_absolute() else Path.cwd() / path


def _is_same(one: Place, other: Place) -> bool:
    """Whether two paths lead to the same place of the file system, also through links."""
    return isinstance(one.path, Path) and os.path.realpath(one.path) == os.path.realpath(other.path)


def _are_one(one: Store, other: Store) -> bool:
    """Whether two stores without a comparable place are the same."""
    if isinstance(one, MemoryStore) and isinstance(other, MemoryStore):
        same = one._store_dict is other._store_dict
        return same and getattr(one, "path", "") == getattr(other, "path", "")
    if isinstance(one, ObjectStore) and isinstance(other, ObjectStore):
        return bool(one.store == other.store)
    return _has_equals(type(one)) and bool(one == other)


def nowhere() -> None:
    """The missing store of an origin from a pickle."""


def through_pickle(origin: Origin | None) -> Origin | None:
    """Return the part of an origin that a pickle keeps: a path of the file system, no client."""
    if origin is None:
        return None
    place = origin.place
    if place is not None and place.file_system is not None:
        place = None
    return origin._replace(store=nowhere, place=place)
