"""The short way of plain reads: what a backend holds ready for an array, kept with its document."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.abc.store import Store
from zarr.core.config import config
from zarr.crud import _registry
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._policy import AUTO, named
from zarr.crud._store import locate

if TYPE_CHECKING:
    from zarr.crud._contract import CrudBackend, Reader
    from zarr.crud._document import Document
    from zarr.crud._policy import Engine
    from zarr.crud._store import Location, StoreLike

MOST: Final = 64
"""Most readers of one document, which may describe many arrays in many stores."""


class Ready(NamedTuple):
    """A backend, and what it holds ready."""

    backend: CrudBackend
    reader: Reader


class Kept(NamedTuple):
    """What is ready, or that nothing is, and what must be as it was for that to hold."""

    store: weakref.ref[Store]
    root: Any
    registrations: int
    ready: Ready | None


def ready_for(document: Document, store: StoreLike, path: str, engine: Engine) -> Ready | None:
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


def _found(document: Document, store: StoreLike, path: str, engine: Any) -> Ready | None:
    # What else names a store is made one at each call.
    if not isinstance(store, Store) or engine.__hash__ is None:
        return None
    # Before anything is asked: what is registered meanwhile must not be overlooked.
    registrations, root = _registry.registrations, getattr(store, "root", None)
    ready = _asked(document, locate(store, path), engine)
    if len(document.readers) >= MOST:
        document.readers.clear()
    document.readers[id(store), path, engine] = Kept(weakref.ref(store), root, registrations, ready)
    return ready


def _asked(document: Document, location: Location, engine: Any) -> Ready | None:
    if document.chunk_nbytes > DEFAULT_OPTIONS.decoded_size_budget:
        return None
    if engine == AUTO:
        # The first or none: what it refuses is logged, and taken by another, on the long way.
        # Arrays have zarr's own path before backends of negative preference.
        backend = _registry.by_preference()[0]
        if backend.preference < 0:
            return None
    else:
        backend = named(engine)
    reader = backend.reader(document, location)
    return None if reader is None else Ready(backend, reader)
