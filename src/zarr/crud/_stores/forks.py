"""Stores that a forked child cannot use: it lacks their threads, or shares their connections.

Some libraries run threads of their own. They start these once for all of their stores, at their
first use in a process, and cannot restart them. A forked child has none of them, not even for
stores that it creates, so a call never ends.

Others have connections. A forked child has the same ones, so it may read an answer to its parent,
or to another child. What it opens itself has connections of its own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._errors import UnsupportedError, store_name
from zarr.storage import FsspecStore, ObjectStore, WrapperStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.store import Store

_used: Final[set[str]] = set()
"""Libraries whose threads this process is known to have started."""

_lost: Final[set[str]] = set()
"""Libraries whose threads were started in a process from which this one was forked."""


_CONNECTIONS: Final = (
    # s3fs; http and gcsfs; adlfs.
    *(attrgetter("_s3"), attrgetter("_session")),
    attrgetter("service_client._pipeline._transport.session"),
)
"""Where file systems of fsspec have connections, once they have been used."""


def check_forked(store: Store) -> None:
    """Refuse a store that was used before this process was forked; note uses of its library.

    Raises
    ------
    UnsupportedError
        A call would wait forever, or could take the answer to another process for its own.
    """
    inner = store
    while isinstance(inner, WrapperStore):
        inner = inner._store
    if isinstance(inner, FsspecStore):
        if _shares_connections(inner.fs):
            raise UnsupportedError(
                f"{store_name(store)} cannot be used in this process, which was forked after the "
                "store had been used: they would receive each other's answers on its "
                "connections; open the store in this process, or start processes by the "
                "method 'spawn' or 'forkserver'"
            )
        return
    library = _library_of(inner)
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


def _shares_connections(fs: Any) -> bool:
    # The process in which it was made; only asynchronous file systems have this.
    if getattr(fs, "_pid", None) not in (None, os.getpid()):
        for connections in _CONNECTIONS:
            with suppress(AttributeError):
                if connections(fs) is not None:
                    return True
    # A folder of another file system, which may be older.
    inner = getattr(fs, "fs", None)
    return inner is not None and _shares_connections(inner)


def _library_of(store: Store) -> str | None:
    if isinstance(store, ObjectStore):
        return "obstore"
    return "icechunk" if type(store).__module__.split(".")[0] == "icechunk" else None


def _forget() -> None:
    _lost.update(_used)
    _used.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
