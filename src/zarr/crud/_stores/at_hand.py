"""Stores whose requests take no longer than starting a thread would."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from zarr.core.config import config
from zarr.crud._stores.event_loop import is_synchronous
from zarr.storage import LocalStore, LoggingStore, MemoryStore, WrapperStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

_METHODS: Final = ("get_sync", "set_sync", "delete_sync")


def is_at_hand(store: Store) -> bool:
    """Return whether a store is a `LocalStore`, or keeps its values in memory.

    A subclass with synchronous methods of its own may do anything in them, such as wait.
    """
    if type(store) in (LocalStore, MemoryStore):
        return True
    if not is_synchronous(store):
        return False
    while isinstance(store, WrapperStore) and _passes_on(type(store)):
        store = store._store
    return _is_in_memory(type(store))


def most_requests() -> int:
    """Return the most requests of a call in a synchronous store, each of which needs a thread."""
    most: int | None = config.get("async.concurrency")
    return most or 64


@cache
def _is_in_memory(store_type: type[Store]) -> bool:
    return issubclass(store_type, MemoryStore) and _are_of(store_type, MemoryStore)


@cache
def _passes_on(store_type: type[Store]) -> bool:
    return _are_of(store_type, WrapperStore, LoggingStore)


def _are_of(store_type: type[Store], *modules: type[Store]) -> bool:
    """Whether the modules of these classes define the synchronous methods of a type."""
    names = {known.__module__ for known in modules}
    defined = (
        next((base for base in store_type.__mro__ if method in vars(base)), object)
        for method in _METHODS
    )
    return all(base.__module__ in names for base in defined)
