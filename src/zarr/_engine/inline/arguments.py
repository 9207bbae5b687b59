"""What a coroutine of zarr-python that has not begun was called with."""

from __future__ import annotations

from collections.abc import Mapping
from types import AsyncGeneratorType, CoroutineType
from typing import Any, Final, NamedTuple

from zarr._engine.engines.callers import is_zarrs

FUNCTIONS: Final = frozenset(
    {
        *("open", "open_array", "open_group", "open_consolidated", "open_like"),
        *("create", "_create", "create_array", "create_group", "group"),
        *("create_hierarchy", "create_nodes", "create_rooted_hierarchy", "get_node"),
        *("empty", "zeros", "ones", "full"),
        *("empty_like", "zeros_like", "ones_like", "full_like", "consolidate_metadata"),
    }
)
"""The functions that read and write only documents, if they are given no data."""

METHODS: Final = FUNCTIONS | {
    *("getitem", "get", "get_array", "get_group", "contains", "delitem", "update_attributes"),
    *("require_array", "require_group", "require_groups", "tree", "nmembers", "members"),
    *("keys", "arrays", "array_keys", "array_values", "groups", "group_keys", "group_values"),
}
"""The methods of groups that do the same."""

OF_ARRAYS: Final = "update_attributes"
"""The method of arrays that does."""

COLLECTING: Final = {"_collect_aiterator": "data", "iter_to_list": "async_iterator"}
"""The coroutines that collect what an asynchronous generator yields, and their name for it."""

NAMES: Final = METHODS | COLLECTING.keys()
"""The names of all coroutines of which something may be known."""


class Call(NamedTuple):
    """The store and the engine of a call; the engine is `None` if the call names none."""

    store: Any
    engine: Any


def call_of(coroutine: Any) -> Call | None:
    """Return what a coroutine was called with, if it only reads and writes documents."""
    if not isinstance(coroutine, CoroutineType):
        return None
    # The frame is `None` after the end.
    frame: Any = coroutine.cr_frame
    name: str = coroutine.__name__
    if name in COLLECTING and frame is not None:
        collected = frame.f_locals.get(COLLECTING[name])
        while isinstance(collected, AsyncGeneratorType) and frame is not None:
            name, frame = collected.__name__, collected.ag_frame
            # A wrapper of ours has the generator that it wraps.
            collected = frame.f_locals.get("nodes")
    if name not in METHODS or frame is None or not is_zarrs(frame):
        return None
    named: Mapping[str, Any] = frame.f_locals
    args: tuple[Any, ...] = named.get("args", ())
    if "kwargs" in named:
        named = {**named, **named["kwargs"]}
    if named.get("data") is not None and not name.endswith("_like"):
        return None
    owner: Any = named["self"] if "self" in named else args[0] if args else None
    # The attributes that seams add to groups and arrays.
    if hasattr(owner, "member_engine"):
        return Call(owner.store_path.store, owner.member_engine)
    if hasattr(owner, "engine_info"):
        return Call(owner.store_path.store, owner.config.engine) if name == OF_ARRAYS else None
    if name not in FUNCTIONS or "self" in named:
        return None
    if "store" in named:
        return Call(named["store"], _engine_of(named))
    if args:
        return Call(args[0], _engine_of(named))
    # What is given no store is made in memory.
    return Call(None, _engine_of(named)) if "kwargs" in named else None


def _engine_of(named: Mapping[str, Any]) -> Any:
    engine = named.get("engine")
    if engine is not None:
        return engine
    config: Any = named.get("config")
    return config["engine"] if _names_engine(config) else getattr(config, "engine", None)


def _names_engine(config: Any) -> bool:
    return isinstance(config, Mapping) and "engine" in config
