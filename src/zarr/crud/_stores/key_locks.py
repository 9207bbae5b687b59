"""Locks that keep the writers of one chunk, within one process, apart: threads and engines."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from threading import local
from typing import TYPE_CHECKING, Final

from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zarr.abc.store import Store

held: Final[dict[bytes, object]] = {}
"""What is being written, by name, and whose it is. The extension enters what it writes, too.

Exact keys and not stripes: a store that writes through these functions to another store must
not wait for itself.
"""

_SHORTEST_PAUSE: Final = 0.00001
_LONGEST_PAUSE: Final = 0.001


def prefix_of(store: Store) -> bytes:
    """Return what makes lock names of a store's keys: the same for all objects of one store."""
    if isinstance(store, LocalStore):
        # As the files of a relative root are found: from the working directory of now.
        root = os.fsencode(store.root.absolute())
        return root if root.endswith(b"/") else root + b"/"
    # No path has a NUL, so this is none.
    return f"{store}\0".encode(errors="backslashreplace")


class _Mine(local):
    """What a thread holds, and what it has held: an interrupt may leave an entry behind."""

    def __init__(self) -> None:
        self.names: dict[bytes, object] = {}


_mine: Final = _Mine()


def work_alone(store: Store, key: str, work: Callable[[], None]) -> None:
    """Run `work` while no other thread of this process writes the value at a key."""
    with hold(store, key):
        work()


@contextmanager
def hold(store: Store, key: str) -> Iterator[None]:
    """Keep all other writers of this process away from the value at a key.

    Raises
    ------
    RuntimeError
        The same thread holds the key already, and would wait for itself.
    """
    name = _name(store, key)
    if _mine.names:
        check_not_held(store, [key])
    holder, pause = object(), _SHORTEST_PAUSE
    try:
        while held.setdefault(name, holder) is not holder:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        _mine.names[name] = holder
        yield
    finally:
        # No calls here: those are where a signal is noticed, and then the lock would stay.
        if name in held and held[name] is holder:
            del held[name]
        if name in _mine.names:
            del _mine.names[name]


def holds_any() -> bool:
    """Tell whether this thread may hold a key."""
    return bool(_mine.names)


def check_not_held(store: Store, keys: Iterable[str]) -> None:
    """Refuse to write keys that this thread holds: a writer would wait for its own caller.

    Raises
    ------
    RuntimeError
        It holds one of them.
    """
    for key in keys:
        name = _name(store, key)
        holder = _mine.names.get(name)
        if holder is not None and held.get(name) is holder:
            raise RuntimeError(
                f"this thread holds the key {key!r} of {store!r}, and would wait for itself; "
                "write it after the lock is released"
            )


def _name(store: Store, key: str) -> bytes:
    return prefix_of(store) + key.encode(errors="backslashreplace")


if hasattr(os, "register_at_fork"):
    # What another thread of the parent held would stay held in the child for ever.
    os.register_at_fork(after_in_child=held.clear)
