"""Nodes that are opened or created in a forked child, on stores whose threads are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr._engine.engines.names import NATIVE
from zarr.core.config import config

if TYPE_CHECKING:
    from zarr._engine.engines.names import EngineLike


def refuse_lost(engine: EngineLike | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse a call with an engine that upstream would never end; note other uses of the library.

    Without an engine, the call is upstream's own, and so is what becomes of it.

    Raises
    ------
    UnsupportedError
        The library of the store was used before this process was forked.
    """
    if engine is None:
        engine = config.config["array"]["engine"]
    if engine == NATIVE:
        return
    from zarr.crud._stores.forks import check_forked

    for given in (*args[:1], kwargs.get("store")):
        store = _store_of(given)
        if store is not None:
            check_forked(store)


def _store_of(given: Any) -> Any:
    """Return the store of a node or a place; `None` for what names a new store."""
    from zarr import Array, AsyncArray, AsyncGroup, Group
    from zarr.abc.store import Store
    from zarr.storage import StorePath

    if isinstance(given, Store):
        return given
    of_store = isinstance(given, (StorePath, Group, AsyncGroup, Array, AsyncArray))
    return given.store if of_store else None
