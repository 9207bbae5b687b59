"""The fast path of plain reads: what a backend holds ready for an array, kept with its document."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.abc.store import Store
from zarr.core.config import config
from zarr.crud._document import known as _known
from zarr.crud._document.known import document_name, is_known
from zarr.crud._document.origins import path_in
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.location import locate
from zarr.crud.backends import registry
from zarr.crud.backends.policy import AUTO, NATIVE, named
from zarr.crud.backends.unavailable import say_unavailable
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import Location, StoreLike
    from zarr.crud.backends.contract import CrudBackend, Reader
    from zarr.crud.backends.policy import Engine

MOST: Final = 64
"""Most readers of one document, which may describe many arrays in many stores."""


class Ready(NamedTuple):
    """A reader, and the name of its backend."""

    engine: str
    reader: Reader


class Kept(NamedTuple):
    """What is ready, or that nothing is, and what must be as it was for that to hold."""

    store: weakref.ref[Store]
    root: Any
    registrations: int
    ready: Ready | None
    known: int | None
    """As of which state of `_known.forgotten` the node is known; `None` if nobody asked."""


def ready_for(
    document: Document,
    store: StoreLike,
    path: str | None,
    engine: Engine,
    *,
    detached: bool,
) -> Ready | None:
    """Return what reads the array at `path` with default options, if its engine has it.

    Without `detached` only for a node that is known to be stored; the slow path looks for it.

    Engines have it by name. Objects are asked themselves: to keep one, or to find it again by what
    equals it, would be wrong.
    """
    if engine is None:
        engine = config.config["array"]["engine"]
        if type(engine) is not str:
            return None
        if engine == NATIVE:
            # Nobody chose: the best, under a key of its own.
            engine = None
    elif type(engine) is not str:
        return None
    if path is None:
        if document._origin is None:
            path = ""
        elif isinstance(store, Store):
            path = path_in(document, store)
        else:
            return None
    try:
        kept: Kept = document._readers[id(store), path, engine]
    except (KeyError, TypeError):
        return _found(document, store, path, engine, detached=detached)
    # Another store may have the number of one that is gone, and `LocalStore.move` gives the same
    # store another root.
    if (
        kept[0]() is store
        and (kept[1] is None or kept[1] is store.root)  # type: ignore[union-attr]
        and kept[2] == registry.registrations
    ):
        if detached or kept[4] == _known.forgotten:
            return kept[3]
        return _known_anew(document, store, path, engine, kept)
    return _found(document, store, path, engine, detached=detached)


def _known_anew(
    document: Document, store: StoreLike, path: str, engine: str | None, kept: Kept
) -> Ready | None:
    known = _known.forgotten
    if not is_known(locate(store, path), document_name(document)):
        return None
    document._readers[id(store), path, engine] = kept._replace(known=known)
    return kept.ready


def _found(
    document: Document, store: StoreLike, path: str, engine: str | None, *, detached: bool
) -> Ready | None:
    # What else names a store is made one at each call.
    if type(path) is not str or not isinstance(store, Store):
        return None
    root = store.root if isinstance(store, LocalStore) else None
    if (root is not None and not store._is_open) or not _has_room(document):
        # To open one makes its folder, which is for reads that found nothing wrong before.
        return None
    # Before anything is asked: what is registered meanwhile must not be overlooked.
    registrations, known = registry.registrations, None if detached else _known.forgotten
    try:
        location = locate(store, path)
        if not (detached or is_known(location, document_name(document))):
            return None
        ready = _asked(document, location, engine)
    except Exception:  # noqa: BLE001  # the slow path meets it, too, in its own order
        return None
    kept = Kept(weakref.ref(store), root, registrations, ready, known)
    document._readers[id(store), path, engine] = kept
    return ready


def _has_room(document: Document) -> bool:
    readers = document._readers
    if len(readers) >= MOST:
        for key, kept in list(readers.items()):
            if kept.store() is None or kept.registrations != registry.registrations:
                readers.pop(key, None)
    return len(readers) < MOST


def _asked(document: Document, location: Location, engine: str | None) -> Ready | None:
    if document.chunk_nbytes > DEFAULT_OPTIONS.decoded_size_budget:
        return None
    if engine == AUTO:
        say_unavailable()
    if engine is None or engine == AUTO:
        # The first or none: what it refuses is logged, and taken by another, on the slow path.
        # Arrays have zarr's own path before backends of negative preference.
        backend = registry.by_preference()[0]
        if backend.preference < 0:
            return None
    else:
        backend = named(engine)
    reader = backend.reader(document, location) if _is_own(backend) else None
    return None if reader is None else Ready(backend.name, reader)


def _is_own(backend: CrudBackend) -> bool:
    """Whether no subclass has changed, behind the back of the reader, what reading means."""
    classes = type(backend).__mro__
    where = {
        name: next(place for place, cls in enumerate(classes) if name in vars(cls))
        for name in ("reader", "supports", "read_chunk", "read_region")
    }
    return where["reader"] == min(where.values())
