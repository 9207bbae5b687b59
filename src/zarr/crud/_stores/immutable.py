"""Stores whose values are never replaced."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from zarr.storage import ZipStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


def is_immutable(store: Store) -> bool:
    """Return whether it is known that no value of a store is replaced while the store is open.

    True for a `ZipStore` opened for reading and a read-only session of icechunk, which is one
    snapshot. A read-only store of any other class may show what others write.
    """
    if type(store) is ZipStore:
        return store._zmode == "r"
    # A program that has such a store has imported its module.
    icechunk = sys.modules.get("icechunk")
    if icechunk is not None and type(store) is icechunk.IcechunkStore:
        # Not `store.read_only`: this can be a restricted view of a session that is written to.
        return bool(store.session.read_only)  # type: ignore[attr-defined]
    return False
