"""The fast path of plain reads: readers that backends keep for an array, cached on its document."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.abc.store import Store
from zarr.core.config import config
from zarr.crud._bounded_cache import any_of
from zarr.crud._document import known as _known
from zarr.crud._document.known import document_name, is_known
from zarr.crud._document.origins import path_in
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.batched_store import batch_of
from zarr.crud._stores.location import locate
from zarr.crud._stores.place import place_of
from zarr.crud.backends import registry
from zarr.crud.backends.policy import AUTO, NATIVE, named
from zarr.crud.backends.unavailable import say_unavailable
from zarr.storage import LocalStore, ZipStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._stores.location import Location, StoreLike
    from zarr.crud.backends.contract import CrudBackend, Reader
    from zarr.crud.backends.policy import Engine

MOST: Final = 256
"""The most readers of one document, which may describe many arrays in many stores."""


class Ready(NamedTuple):
    """A reader, and the name of its backend."""

    engine: str
    reader: Reader


class Kept(NamedTuple):
    """A cached reader, or its absence, and the conditions under which the entry holds."""

    store: weakref.ref[Store]
    place: Any
    registrations: int
    ready: Ready | None
    known: int | None
    """The value of `_known.forgotten` at which the node was known; `None` if it was not checked."""


def ready_for(
    document: Document,
    store: StoreLike,
    path: str | None,
    engine: Engine,
    *,
    detached: bool,
) -> Ready | None:
    """Return the reader of the array at `path` with default options, if its engine has one.

    Without `detached`, only for a node that is known to be stored; the slow path looks it up.

    Only readers of engines given by name are cached. A backend object is asked each time: caching
    it, or finding it by equality, would be wrong.
    """
    if engine is None:
        engine = config.config["array"]["engine"]
        if type(engine) is not str:
            return None
        if engine == NATIVE:
            # No engine was chosen: use the best one, cached under its own key.
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
    # A new store may have the `id` of one that is gone, and a store may have moved.
    if (
        kept[0]() is store
        # Without a call for the usual store.
        and (
            kept[1] is None
            or kept[1] is (store.root if type(store) is LocalStore else place_of(store))  # type: ignore[arg-type]
        )
        and kept[2] == registry.registrations
    ):
        if detached or kept[4] == _known.forgotten:
            return kept[3]
        return _known_anew(document, store, path, engine, kept)
    return _found(document, store, path, engine, detached=detached)


def ready_with(
    document: Document, store: Store, path: str, engine: Engine, options: Options
) -> Ready | None:
    """Return a new reader with other options than the default, if the engine has one.

    The caller keeps it for as long as its store has the same place, and backends are the same.
    """
    if type(engine) is not str or is_closed(store):
        return None
    try:
        return _requested(document, locate(store, path), engine, options)
    except Exception:  # noqa: BLE001  # the slow path meets it, too, in its own order
        return None


def is_closed(store: Store) -> bool:
    """Whether using a store would open it, and make its folder, before the checks of a call."""
    return isinstance(store, (LocalStore, ZipStore)) and not store._is_open


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
    # Any other argument that names a store makes a new store at each call.
    if type(path) is not str or not isinstance(store, Store) or batch_of(store) is not None:
        return None
    if is_closed(store):
        return None
    place = place_of(store)
    # Read these before anything else, so that a registration during the look-up is noticed.
    registrations, known = registry.registrations, None if detached else _known.forgotten
    try:
        location = locate(store, path)
        if not (detached or is_known(location, document_name(document))):
            return None
        ready = _requested(document, location, engine, DEFAULT_OPTIONS)
    except Exception:  # noqa: BLE001  # the slow path meets it, too, in its own order
        return None
    kept = Kept(weakref.ref(store), place, registrations, ready, known)
    _make_room(document)
    document._readers[id(store), path, engine] = kept
    return ready


def _make_room(document: Document) -> None:
    readers = document._readers
    if len(readers) < MOST:
        return
    # Other threads may evict meanwhile.
    entries = list(readers.items())
    unusable = [
        key
        for key, kept in entries
        if kept.store() is None or kept.registrations != registry.registrations
    ]
    # Otherwise any entry, not the oldest: a program that reads one array too many, in turn, would
    # never find one. And the order of use would have to be recorded in each call.
    if not unusable and entries:
        unusable.append(any_of(entries)[0])
    for key in unusable:
        readers.pop(key, None)


def _requested(
    document: Document, location: Location, engine: str | None, options: Options
) -> Ready | None:
    if document.chunk_nbytes > options.decoded_size_budget:
        return None
    if engine == AUTO:
        say_unavailable()
    if engine is None or engine == AUTO:
        # Only the first backend: on the slow path its refusal is logged and another one serves.
        # Arrays prefer zarr's own path to backends of negative preference.
        backend = registry.by_preference()[0]
        if backend.preference < 0:
            return None
    else:
        backend = named(engine)
    method = "reader" if options is DEFAULT_OPTIONS else "reader_with"
    if not is_own(backend, method, ("supports", "read_chunk", "read_region")):
        return None
    if method == "reader":
        reader = backend.reader(document, location)
    else:
        reader = backend.reader_with(document, location, options)
    return None if reader is None else Ready(backend.name, reader)


def is_own(backend: CrudBackend, method: str, reads: Iterable[str]) -> bool:
    """Whether no subclass has changed reading without also replacing what goes beside it."""
    classes = type(backend).__mro__
    where = {
        name: next(place for place, cls in enumerate(classes) if name in vars(cls))
        for name in (method, *reads)
    }
    return where[method] == min(where.values())
