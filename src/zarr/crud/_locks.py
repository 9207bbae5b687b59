"""Locks that keep concurrent partial writes to one chunk, within one process, apart."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zarr.abc.store import Store

STRIPES: Final = 64

_locks = [threading.Lock() for _ in range(STRIPES)]


def lock_for(store: Store, key: str) -> threading.Lock:
    """Return the lock of a key; stores that print alike (one root) share it."""
    return _locks[hash((str(store), key)) % STRIPES]


def _renew() -> None:
    # A lock that another thread of the parent held would stay locked in the child for ever.
    _locks[:] = [threading.Lock() for _ in range(STRIPES)]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
