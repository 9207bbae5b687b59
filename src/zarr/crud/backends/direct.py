"""What engines offer beside reads and writes of arrays: stores reached directly, files moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._errors import BackendUnavailableError, UnknownBackendError
from zarr.crud._stores.assembled_files import assemble_files
from zarr.crud._stores.location import Location
from zarr.crud.backends.policy import AUTO, NATIVE, configured, named
from zarr.crud.backends.registry import by_preference

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.crud._stores.assembled_files import FileAssembler
    from zarr.crud._stores.direct import DirectStore
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.policy import Engine


def direct_store(location: Location, engine: Engine = None) -> DirectStore | None:
    """Return what reaches the values of a store directly; `None` to use the store itself.

    A named engine has its own way or none: the reference, and `"zarr"` where it is named, use the
    store itself. Otherwise the best engine that has a way offers it.
    """
    return _offered(engine, lambda backend: backend.direct_store(location))


def file_assembler(engine: Engine = None) -> FileAssembler:
    """Return what stores files that are made of pieces of others.

    As for stores, a named engine has its own way or that of this package.
    """
    return _offered(engine, lambda backend: backend.file_assembler()) or assemble_files


def _offered[T](engine: Engine, offer: Callable[[CrudBackend], T | None]) -> T | None:
    asked = configured() if engine is None else engine
    if isinstance(asked, str) and (asked == AUTO or (engine is None and asked == NATIVE)):
        found = (offer(backend) for backend in by_preference())
        return next((one for one in found if one is not None), None)
    try:
        backend = named(asked)
    except (UnknownBackendError, BackendUnavailableError, TypeError):
        # A configured engine that cannot run matters only to functions that choose one.
        return None
    return offer(backend)


def direct_location(location: Location, engine: Engine = None) -> Location:
    """Return the location in a store that is reached directly; the same if there is none."""
    direct = direct_store(location, engine)
    return location if direct is None else Location(direct, location.path)
