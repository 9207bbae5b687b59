"""The short way of plain reads: what a backend holds ready for an array, kept with its document."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.abc.store import Store
from zarr.core.config import config
from zarr.crud import _registry
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._policy import AUTO, best, named
from zarr.crud._store import locate

if TYPE_CHECKING:
    from zarr.crud._contract import Reader
    from zarr.crud._document import Document
    from zarr.crud._policy import Engine
    from zarr.crud._store import Location, StoreLike

MOST: Final = 64
"""Most readers of one document, which may describe many arrays in many stores."""


class Kept(NamedTuple):
    """A reader, or that there is none, and what must be as it was for that to hold."""

    store: weakref.ref[Store]
    root: Any
    registrations: int
    reader: Reader | None


def reader_of(document: Document, store: StoreLike, path: str, engine: Engine) -> Reader | None:
    """Return what reads the array at `path` with default options, if its engine has it."""
    if engine is None:
        engine = config.config["array"]["engine"]
    try:
        kept = document.readers[id(store), path, engine]
    except (KeyError, TypeError):
        return _found(document, store, path, engine)
    # Another store may have the number of one that is gone, and `LocalStore.move` gives the same
    # store another root.
    if (
        kept[0]() is store
        and kept[1] is getattr(store, "root", None)
        and kept[2] == _registry.registrations
    ):
        return kept[3]
    return _found(document, store, path, engine)


def _found(document: Document, store: StoreLike, path: str, engine: Any) -> Reader | None:
    # What else names a store is made one at each call.
    if not isinstance(store, Store) or engine.__hash__ is None:
        return None
    # Before anything is asked: what is registered meanwhile must not be overlooked.
    registrations, root = _registry.registrations, getattr(store, "root", None)
    reader = _asked(document, locate(store, path), engine)
    if len(document.readers) >= MOST:
        document.readers.clear()
    document.readers[id(store), path, engine] = Kept(
        weakref.ref(store), root, registrations, reader
    )
    return reader


def _asked(document: Document, location: Location, engine: Any) -> Reader | None:
    if document.chunk_nbytes > DEFAULT_OPTIONS.decoded_size_budget:
        return None
    if engine == AUTO:
        backend, _ = best(document, location, "read_region", None, DEFAULT_OPTIONS)
    else:
        backend = named(engine)
    return None if backend is None else backend.reader(document, location)
