"""Methods of groups that have an engine, which their arrays and groups inherit."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

from zarr._engine.engines.names import NATIVE, EngineLike, require_engine
from zarr._engine.keyword.context import apart_with
from zarr._engine.keyword.decorators import around, check_nodes, into_config, stamp
from zarr._engine.keyword.forked import refuse_lost
from zarr._engine.keyword.requested import engine_of, inherit
from zarr._engine.metadata.opened_with import opened_with
from zarr._engine.nodes.waiting import never_waits
from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


def creating_array(native: Callable[..., Any]) -> Callable[..., Any]:
    """Give an array that is created the engine of the group, through its configuration."""
    return around(native, _into_member_config)


def creating_group(native: Callable[..., Any]) -> Callable[..., Any]:
    """Give a group that is created or opened the engine of the group."""
    return around(native, _taken_or_inherited)


def creating_nodes(native: Callable[..., Any]) -> Callable[..., Any]:
    """Give nodes the engine of the group; if it does not serve one, nothing is created."""
    return around(native, _taken_for_members)


def _member_engine(group: Any) -> EngineLike | None:
    engine: EngineLike | None = group.member_engine
    return engine


def engine_of_members(group: Any) -> EngineLike:
    """Return the engine with which a group finds its members.

    That of a call around is not theirs: a store may open the group in one of its methods.
    """
    engine: EngineLike | None = group.member_engine
    if engine is None:
        engine = config.config["array"]["engine"]
    return engine


def _into_member_config(args: tuple[Any, ...], kwargs: dict[str, Any]) -> EngineLike | None:
    into_config(args, kwargs)
    config = inherit(kwargs.get("config"), _member_engine(args[0]))
    if config is not None:
        kwargs["config"] = config
    # The array has its engine in its config.
    return None


def _taken_or_inherited(args: tuple[Any, ...], kwargs: dict[str, Any]) -> EngineLike | None:
    engine = kwargs.pop("engine", None)
    return _member_engine(args[0]) if engine is None else require_engine(engine)


def _taken_for_members(args: tuple[Any, ...], kwargs: dict[str, Any]) -> EngineLike | None:
    engine = _taken_or_inherited(args, kwargs)
    if engine is not None:
        nodes = args[1] if len(args) > 1 else kwargs.get("nodes")
        check_nodes(nodes, args[0].store, args[0].path, engine)
    return engine


def requiring(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def require_array(self: Any, *args: Any, **kwargs: Any) -> Any:
        into_config((), kwargs)
        config = kwargs.get("config")
        if isinstance(config, dict) and self.member_engine is not None:
            # Engine options are meant for the group's engine.
            kwargs["config"] = {"engine": self.member_engine, **config}
        with apart_with(self.member_engine):
            array = await native(self, *args, **kwargs)
        # Upstream gives an existing array the config of the call, with the configured engine if it
        # names none; a new array already has the group's engine.
        return array if engine_of(config) is not None else stamp(array, self.member_engine)

    return require_array


def on_other_group(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        engine = kwargs.pop("engine", None)
        if engine is not None:
            # The method has no parameter for an engine, but a copy of the group can have this
            # engine.
            group = replace(self._async_group, member_engine=require_engine(engine))
            self = replace(self, _async_group=group)
        return native(self, *args, **kwargs)

    return method


def getting_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def getitem(self: Any, key: str) -> Any:
        refuse_lost(self.member_engine, (self,), {})
        engine = engine_of_members(self)
        if engine == NATIVE or self.metadata.consolidated_metadata is not None:
            with opened_with(engine):
                return stamp(await native(self, key), self.member_engine)
        from zarr._engine.nodes.documents import node_of, read_one

        # As upstream does, but equal documents are parsed once.
        place, zarr_format = self.store_path / key, self.metadata.zarr_format
        try:
            with opened_with(engine):
                stored = await read_one(place, zarr_format)
                node = node_of(place, stored, zarr_format, engine)
        except FileNotFoundError as err:
            raise KeyError(key) from err
        return stamp(node, self.member_engine)

    return getitem


def walked(
    native: Callable[..., Any], getitem: object, group: Any, max_depth: int | None, *, trusts: bool
) -> AsyncGenerator[tuple[str, Any]]:
    """Return the members that `AsyncGroup.members` yields, by upstream's method or ours."""
    engine = _walked_with(group, getitem)
    if engine is None or (max_depth is not None and max_depth < 0):
        found: AsyncGenerator[tuple[str, Any]] = native(
            group, max_depth, use_consolidated_for_children=trusts
        )
        return found
    from zarr._engine.nodes.walk import walk

    return walk(group, engine, max_depth, trusts_children=trusts)


def _walked_with(group: Any, getitem: object) -> EngineLike | None:
    """Return the engine that finds the members of a group; `None`: upstream does."""
    # A subclass or a patch may have its own way to members. Copies of documents need no request.
    own = type(group).getitem is not getitem
    if own or group.metadata.consolidated_metadata is not None or not group.store.supports_listing:
        return None
    engine = engine_of_members(group)
    return None if engine == NATIVE else engine


def getting_at_once(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def __getitem__(self: Any, path: str) -> Any:
        group = self._async_group
        if group.metadata.consolidated_metadata is None or engine_of_members(group) == NATIVE:
            return native(self, path)
        from zarr import Array
        from zarr.crud._stores.event_loop import finish

        # It takes no request, so it needs no event loop.
        node = finish(group.getitem(path))
        return type(self)(node) if hasattr(node, "member_engine") else Array(node)

    return __getitem__


def iterating(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def _sync_iter(self: Any, async_iterator: Any) -> Any:
        from zarr.crud._stores.event_loop import on_loop

        group = self._async_group
        if (
            engine_of_members(group) == NATIVE
            or never_waits(group.store)
            or config.get("async.timeout") is not None
        ):
            return native(self, async_iterator)

        async def collect() -> list[Any]:
            return [item async for item in async_iterator]

        # Unlike upstream's wait, this one ends the requests if it is interrupted.
        return on_loop(collect())

    return _sync_iter


def setting(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def setitem(self: Any, key: str, value: Any) -> None:
        if self.member_engine is None:
            with apart_with(None):
                await native(self, key, value)
            return
        from zarr.api.asynchronous import save_array

        # Upstream's method does the same, but has no parameter for an engine.
        await save_array(
            self.store_path / key,
            value,
            zarr_format=self.metadata.zarr_format,
            engine=self.member_engine,
            overwrite=True,
        )

    return setitem
