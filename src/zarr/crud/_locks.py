"""Locks that keep concurrent partial writes to one chunk, within one process, apart."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.abc.store import Store

# Exact keys and not stripes: a store that writes through these functions to another store must
# not wait for itself.
_held: set[tuple[str, str]] = set()
_released = threading.Condition()


@contextmanager
def locked(store: Store, key: str) -> Iterator[None]:
    """Hold a key for a `with` block; stores that print alike (one root) share their keys."""
    # As the files of a relative root are found: from the working directory of now.
    root = str(store.root.absolute()) if type(store) is LocalStore else str(store)
    name = (root, key)
    with _released:
        _released.wait_for(lambda: name not in _held)
        _held.add(name)
    try:
        yield
    finally:
        with _released:
            _held.discard(name)
            _released.notify_all()


def _renew() -> None:
    # What another thread of the parent held would stay held in the child for ever.
    global _released
    _held.clear()
    _released = threading.Condition()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
