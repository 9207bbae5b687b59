"""Stores that an engine reaches directly, for documents, lists and deletions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._errors import BackendUnavailableError, UnknownBackendError
from zarr.crud._stores.location import Location
from zarr.crud.backends.policy import AUTO, NATIVE, configured, named
from zarr.crud.backends.registry import by_preference

if TYPE_CHECKING:
    from zarr.crud._stores.direct import DirectStore
    from zarr.crud.backends.policy import Engine


def direct_store(location: Location, engine: Engine = None) -> DirectStore | None:
    """Return what reaches the values of a store directly; `None` to use the store itself.

    A named engine has its own way or none: the reference, and `"zarr"` where it is named, use the
    store itself. Otherwise the best engine that has a way offers it.
    """
    asked = configured() if engine is None else engine
    if isinstance(asked, str) and (asked == AUTO or (engine is None and asked == NATIVE)):
        found = (backend.direct_store(location) for backend in by_preference())
        return next((direct for direct in found if direct is not None), None)
    try:
        backend = named(asked)
    except (UnknownBackendError, BackendUnavailableError, TypeError):
        # A configured engine that cannot run matters only to functions that choose one.
        return None
    return backend.direct_store(location)


def direct_location(location: Location, engine: Engine = None) -> Location:
    """Return the location in a store that is reached directly; the same if there is none."""
    direct = direct_store(location, engine)
    return location if direct is None else Location(direct, location.path)
