"""Stores whose library runs its own threads: a forked child lacks them, and calls never end.

A library starts its threads once for all of its stores, at its first use in a process, and cannot
restart them. A forked child has none of them, not even for stores that it creates.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from zarr.crud._errors import UnsupportedError, store_name
from zarr.storage import ObjectStore, WrapperStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.store import Store

_used: Final[set[str]] = set()
"""Libraries whose threads this process is known to have started."""

_lost: Final[set[str]] = set()
"""Libraries whose threads were started in a process from which this one was forked."""


def check_forked(store: Store) -> None:
    """Refuse a store whose library was used before this process was forked; note other uses.

    Raises
    ------
    UnsupportedError
        A call would wait forever.
    """
    library = _library_of(store)
    if library is None:
        return
    if library in _lost:
        raise UnsupportedError(
            f"{store_name(store)} cannot be used in this process, which was forked after {library} "
            "had started its threads: they do not exist here, and a call would never end; start "
            "processes by the method 'spawn' or 'forkserver'"
        )
    _used.add(library)


def lose(libraries: Iterable[str]) -> None:
    """Count libraries as used before this process was forked, whoever has used them."""
    _lost.update(libraries)


def _library_of(store: Store) -> str | None:
    while isinstance(store, WrapperStore):
        store = store._store
    if isinstance(store, ObjectStore):
        return "obstore"
    return "icechunk" if type(store).__module__.split(".")[0] == "icechunk" else None


def _forget() -> None:
    _lost.update(_used)
    _used.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
