"""Locks that serialize the writers of one chunk within a process: all threads and engines."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from threading import local
from typing import TYPE_CHECKING, Final

from zarr.crud._errors import store_name
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.directories import directory_of
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zarr.abc.store import Store

held: Final[dict[bytes, object]] = {}
"""The keys that are being written, by lock name, and their holders. The extension adds its own.

Exact keys rather than hashed slots: a store that writes through these functions to another store
must not wait for itself.
"""

_SHORTEST_PAUSE: Final = 0.00001
_LONGEST_PAUSE: Final = 0.001


def prefix_of(store: Store) -> bytes:
    """Return the prefix of lock names of a store; it is the same for all objects of one store."""
    folder = store if isinstance(store, LocalStore) else directory_of(store)
    if folder is not None:
        # Files of a relative root are found from the current working directory.
        root = os.fsencode(folder.root.absolute())
        return root if root.endswith(b"/") else root + b"/"
    # No path contains a NUL, so this cannot equal one.
    return f"{store}\0".encode(errors="backslashreplace")


class _Mine(local):
    """The keys that a thread holds or has held: an interrupt may leave an entry behind."""

    def __init__(self) -> None:
        self.names: dict[bytes, object] = {}


_mine: Final = _Mine()


def work_alone(store: Store, key: str, work: Callable[[], None]) -> None:
    """Run `work` while no other thread of this process writes the value of a key."""
    with hold(store, key):
        work()


@contextmanager
def hold(store: Store, key: str) -> Iterator[None]:
    """Lock out all other writers in this process from the value of a key.

    Raises
    ------
    RuntimeError
        The thread already holds the key, and would wait for itself.
    """
    name = _name(store, key)
    if _mine.names:
        check_not_held(store, [key])
    holder, pause = object(), _SHORTEST_PAUSE
    try:
        while held.setdefault(name, holder) is not holder:
            time.sleep(pause)
            check_cancelled()
            pause = min(2 * pause, _LONGEST_PAUSE)
        _mine.names[name] = holder
        yield
    finally:
        # No function calls here: Python handles signals there, and an exception would keep the
        # lock.
        if name in held and held[name] is holder:
            del held[name]
        if name in _mine.names:
            del _mine.names[name]


def holds_any() -> bool:
    """Return whether this thread may hold a key."""
    return bool(_mine.names)


def names_held() -> dict[bytes, object]:
    """Return the keys that this thread holds, for a thread that works for it."""
    return dict(_mine.names)


def lend(names: dict[bytes, object]) -> None:
    """Let this thread count as a holder of the keys of the thread that it works for."""
    _mine.names = names


def check_not_held(store: Store, keys: Iterable[str]) -> None:
    """Refuse to write keys that this thread holds: the write would wait for its own caller.

    Raises
    ------
    RuntimeError
        The thread holds one of the keys.
    """
    for key in keys:
        name = _name(store, key)
        holder = _mine.names.get(name)
        if holder is not None and held.get(name) is holder:
            raise RuntimeError(
                f"this thread holds the key {key!r} of {store_name(store)}, and would wait for "
                "itself; write it after the lock is released"
            )


def _name(store: Store, key: str) -> bytes:
    return prefix_of(store) + key.encode(errors="backslashreplace")


if hasattr(os, "register_at_fork"):
    # Keys that other threads of the parent held would stay locked in the child forever.
    os.register_at_fork(after_in_child=held.clear)
