"""Where the values of a store are, if that can change."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from zarr.storage import LocalStore, ZipStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


def place_of(store: Store) -> object:
    """Return an object that is another one once the values of a store are elsewhere.

    `LocalStore.move` changes the root of a store. A `ZipStore` that was closed opens the file that
    its path names by then. The object keeps neither open.
    """
    if isinstance(store, LocalStore):
        return store.root
    if isinstance(store, ZipStore):
        # The same reference for as long as the archive lives.
        return weakref.ref(store._zf) if store._is_open else None
    return None
