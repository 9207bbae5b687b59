"""Nodes that are opened or changed in a forked child, on stores whose threads are not there."""

from __future__ import annotations

from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from zarr._engine.engines.lost import LOST
from zarr._engine.engines.names import NATIVE
from zarr._engine.keyword.requested import engine_of
from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import Callable

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
        engine = engine_of(kwargs.get("config"))
    if engine is None:
        engine = config.config["array"]["engine"]
    # An engine may be anything until it is checked: an array, say, compares its elements.
    if type(engine) is str and engine == NATIVE:
        return
    from zarr.crud._stores.forks import check_forked, lose

    lose(LOST)
    for given in (*args[:1], kwargs.get("store")):
        store = None if given is None or type(given) is str else _store_of(given)
        if store is not None:
            check_forked(store)


def _store_of(given: Any) -> Any:
    """Return the store of a node or a place; `None` for what names a new store."""
    stores, with_stores = _classes()
    if isinstance(given, stores):
        return given
    return given.store if isinstance(given, with_stores) else None


@cache
def _classes() -> tuple[type[Any], tuple[type[Any], ...]]:
    from zarr import Array, AsyncArray, AsyncGroup, Group
    from zarr.abc.store import Store
    from zarr.storage import StorePath

    return Store, (StorePath, Group, AsyncGroup, Array, AsyncArray)


def unless_lost(native: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a coroutine method of arrays or groups with an engine where `refuse_lost` does."""

    @wraps(native)
    async def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        of_group = hasattr(self, "member_engine")
        refuse_lost(self.member_engine if of_group else self.config.engine, (self,), {})
        return await native(self, *args, **kwargs)

    return method


def unless_lost_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """Do the same for the function of a class method that makes a node of a place."""

    @wraps(function)
    async def method(cls: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_lost(None, args, kwargs)
        return await function(cls, *args, **kwargs)

    return method
