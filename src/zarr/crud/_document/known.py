"""Nodes whose document was seen in a store, so that it need not be looked up again.

An entry holds in this process, and in those forked from it, until `delete_node` or `create` removes
it, or a function that looks for the node finds none. Deletions by other programs, or by zarr's own
groups and arrays, are not noticed. A `LocalStore` that was given as a string or a path, or whose
root is relative, has no entries: every call looks up the document.
"""

from __future__ import annotations

import os
import weakref
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.crud._bounded_cache import any_of
from zarr.crud._stores.batched_store import without_batch
from zarr.storage import FsspecStore, LocalStore, ObjectStore, WrapperStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.abc.store import Store
    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import Location

MOST_STORES: Final = 256
MOST_NODES: Final = 1 << 14
"""The most nodes per store. Beyond that, another one is looked up again when it is next used."""

ZARR_JSON: Final = "zarr.json"
ZARRAY: Final = ".zarray"

forgotten: int = 0
"""How often something was forgotten: earlier conclusions may no longer hold."""

_lock = Lock()
"""Held to change what is known. A look-up does not need it."""


class Seen(NamedTuple):
    """The keys of the documents that were seen in one store."""

    anchor: weakref.ref[Any]
    root: Any
    keys: set[str]


_seen: Final[dict[tuple[int, str], Seen]] = {}


def document_name(document: Document) -> str:
    """The name of the key that holds the document of an array."""
    return ZARR_JSON if document.array.zarr_format == 3 else ZARRAY


def is_known(location: Location, name: str) -> bool:
    """Whether the document `name` of the node was seen."""
    anchor, prefix = _anchor(location.store)
    seen = _seen.get((id(anchor), prefix))
    return (
        seen is not None
        and location.key(name) in seen.keys
        and seen.anchor() is anchor
        # `LocalStore.move` changes the root of a store.
        and seen.root is _root_of(anchor)
    )


def note(location: Location, name: str, since: int) -> None:
    """Remember a document that was found, unless something was forgotten after `since` was read."""
    anchor, prefix = _anchor(location.store)
    key, root = (id(anchor), prefix), _root_of(anchor)
    seen = _seen.get(key)
    if (
        seen is not None
        and location.key(name) in seen.keys
        and seen.anchor() is anchor
        and seen.root is root
    ):
        return
    with _lock:
        if since != forgotten or _is_relative(anchor):
            return
        seen = _seen.get(key)
        if seen is None or seen.anchor() is not anchor or seen.root is not root:
            seen = _made(anchor, key, root)
        elif location.key(name) not in seen.keys and len(seen.keys) >= MOST_NODES:
            # Any of them. It is still stored, so conclusions from it hold.
            seen.keys.pop()
        seen.keys.add(location.key(name))


def note_document(document: Document, location: Location, since: int) -> None:
    """Remember a document that was read or written, if it describes an array."""
    if document.node_type == "array":
        note(location, document_name(document), since)


def miss(location: Location) -> None:
    """Forget a node that was not found, in all stores in which it was seen."""
    gone = {location.key(name) for name in (ZARR_JSON, ZARRAY)}
    if any(not gone.isdisjoint(seen.keys) for seen in list(_seen.values())):
        forget(location)
    else:
        # A reader may still know the node although its entry made room for others.
        _conclude_anew()


def forget(location: Location) -> None:
    """Forget the nodes at and below a location, and all nodes of stores that may overlap it."""
    global forgotten
    anchor, prefix = _anchor(location.store)
    with _lock:
        forgotten += 1
        for (_, other), seen in list(_seen.items()):
            held = seen.anchor()
            if held is anchor and other == prefix and location.path:
                below = f"{location.path}/"
                seen.keys.difference_update([key for key in seen.keys if key.startswith(below)])
            elif type(_innermost(held)) is type(_innermost(anchor)):
                seen.keys.clear()


@contextmanager
def forgetting(location: Location) -> Iterator[None]:
    """Forget the nodes at and below a location before and after their deletion, even if it fails.

    Before, so that no other thread relies on them meanwhile; after, because it may have seen them.
    """
    forget(location)
    try:
        yield
    finally:
        forget(location)


def _conclude_anew() -> None:
    global forgotten
    with _lock:
        forgotten += 1


def _made(anchor: object, key: tuple[int, str], root: object) -> Seen:
    # Stores may be freed meanwhile.
    if key not in _seen and len(others := list(_seen)) >= MOST_STORES:
        # Not the oldest: a program that uses one store too many, in turn, would never find one.
        _seen.pop(any_of(others), None)
    # A local variable: at interpreter exit, module globals vanish before the last stores.
    remove = _seen.pop
    seen = Seen(weakref.ref(anchor, lambda _: remove(key, None)), root, set())
    _seen[key] = seen
    return seen


def _anchor(store: Store) -> tuple[Any, str]:
    """An object that lives as long as the store's data are reachable, and a prefix in it."""
    store = without_batch(store)
    if not _is_client(type(store)):
        return store, ""
    if isinstance(store, FsspecStore):
        # Fsspec caches file systems, but not the wrapper that zarr puts around a synchronous one.
        return getattr(store.fs, "sync_fs", store.fs), store.path
    return store.store, ""  # type: ignore[attr-defined]


@cache
def _is_client(store_type: type[Store]) -> bool:
    return issubclass(store_type, (FsspecStore, ObjectStore))


def _innermost(store: object) -> object:
    """The store within all wrappers."""
    while isinstance(store, WrapperStore):
        store = store._store
    return store


def _root_of(store: object) -> object:
    """The root, which `LocalStore.move` changes, also inside wrappers."""
    return getattr(_innermost(store), "root", None)


def _is_relative(store: object) -> bool:
    """Whether the store depends on the working directory."""
    store = _innermost(store)
    return isinstance(store, LocalStore) and not store.root.is_absolute()


def _unlock() -> None:
    # Another thread of the parent may have held the lock.
    global _lock
    _lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)
