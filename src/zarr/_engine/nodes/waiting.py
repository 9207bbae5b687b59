"""Stores whose methods wait for no event loop."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

PLAIN: Final[frozenset[type]] = frozenset({dict, type(Path())})
"""What zarr makes a store of files or of memory of."""


class _Kinds(NamedTuple):
    places: frozenset[type]
    """They have a store."""
    wrappers: frozenset[type]
    """They call the store that they wrap, and wait for nothing else."""
    stores: frozenset[type]
    """Files are accessed by functions that the loop calls at once."""


def never_waits(store: Any) -> bool:
    """Return whether what zarr makes of a store-like object never waits for an event loop.

    Only exact types count: a subclass may do anything, and so may a store of another package. A
    string or a path opens local files, and `None` or a `dict` memory.
    """
    if type(store) is str:
        return _is_local(store)
    if store is None or type(store) in PLAIN:
        return True
    kinds = _kinds()
    if type(store) in kinds.places:
        store = store.store
    while type(store) in kinds.wrappers:
        store = store._store
    return type(store) in kinds.stores


def _is_local(name: str) -> bool:
    if ":" not in name:
        return True
    from zarr.storage._utils import parse_store_url

    return parse_store_url(name).scheme in ("", "file")


@cache
def _kinds() -> _Kinds:
    # Imported at the first use of an engine: zarr is only partly imported when this module is.
    from zarr.storage import (
        LocalStore,
        LoggingStore,
        ManagedMemoryStore,
        MemoryStore,
        StorePath,
        WrapperStore,
        ZipStore,
    )

    return _Kinds(
        frozenset({StorePath}),
        frozenset({LoggingStore, WrapperStore}),
        frozenset({LocalStore, MemoryStore, ManagedMemoryStore, ZipStore}),
    )
