"""Class decorators that give groups an engine, which their arrays and groups inherit."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, overload

from zarr._engine.engines.display import informed, shown
from zarr._engine.engines.fixed import Fixed, tells_of_engine
from zarr._engine.engines.names import NATIVE, EngineLike, name_of, require_engine
from zarr._engine.engines.notebook import group_html
from zarr._engine.engines.pickles import pickles_engine
from zarr._engine.keyword.context import apart_with
from zarr._engine.keyword.decorators import around, array_engine, check_nodes, into_config, stamp
from zarr._engine.keyword.docstrings import shows_engine
from zarr._engine.keyword.forked import refuse_lost, unless_lost, unless_lost_place
from zarr._engine.keyword.requested import engine_of, inherit
from zarr._engine.metadata.opened_with import opened_with
from zarr._engine.nodes.waiting import never_waits
from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

FILLED: Final = (
    *("empty", "zeros", "ones", "full"),
    *("empty_like", "zeros_like", "ones_like", "full_like"),
)
"""Functions, and methods of groups, that create an array with the keywords in their `**kwargs`."""


class GroupEngineName(Fixed):
    """The `engine` attribute of groups: the name of the engine of its arrays.

    It is the `engine=` with which the group was created or opened, or that of the group in which it
    was found; otherwise the currently configured engine.
    """

    instead: ClassVar[str] = (
        "the engine of a group object is fixed; choose it with engine= where the group is opened, "
        "as in zarr.open_group(store, engine=...)"
    )

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> str: ...

    def __get__(self, instance: Any, owner: type) -> Self | str:
        """Return the engine's name."""
        if instance is None:
            return self
        engine = getattr(instance, "_async_group", instance).member_engine
        return name_of(config.get("array.engine") if engine is None else engine)


def engine_group_async[T](cls: type[T]) -> type[T]:
    """Make the members of an `AsyncGroup` inherit its engine, however they are created or found."""
    for name in ("create_array", *FILLED):
        _wrap(cls, name, lambda native: around(native, _into_member_config))
    _wrap(cls, "require_array", _requiring)
    for name in ("create_group", "require_group", "require_groups"):
        _wrap(cls, name, lambda native: around(native, _taken_or_inherited))
    _wrap(cls, "create_hierarchy", lambda native: around(native, _taken_for_members))
    _wrap(cls, "getitem", _getting_async)
    _wrap(cls, "_getitem_consolidated", _getting)
    _wrap(cls, "members", lambda native: _walking(native, vars(cls)["getitem"]))
    _wrap(cls, "setitem", _setting)
    for name in ("delitem", "update_attributes"):
        _wrap(cls, name, unless_lost)
    for name in ("from_store", "open"):
        setattr(cls, name, unless_lost_place(vars(cls)[name]))
    _wrap(cls, "_info", informed)
    _wrap(cls, "__repr__", shown)
    return pickles_engine("member_engine")(tells_of_engine(cls))


def engine_group[T](cls: type[T]) -> type[T]:
    """Add the keyword to the methods of `Group`; their results inherit from its `AsyncGroup`."""
    for name in ("create", "create_array", "require_array"):
        _wrap(cls, name, array_engine)
    for name in ("require_groups", "create_hierarchy"):
        _wrap(cls, name, _on_other_group)
    for name in (*FILLED, "require_group"):
        # They pass the keyword on in their `**kwargs`.
        _wrap(cls, name, shows_engine)
    _wrap(cls, "__getitem__", _getting_at_once)
    _wrap(cls, "_sync_iter", _iterating)
    _wrap(cls, "__repr__", shown)
    cls._repr_html_ = group_html  # type: ignore[attr-defined]
    return tells_of_engine(cls)


def _wrap(cls: Any, name: str, wrapper: Callable[[Callable[..., Any]], Any]) -> None:
    setattr(cls, name, wrapper(getattr(cls, name)))


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


def _requiring(native: Callable[..., Any]) -> Callable[..., Any]:
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

    return shows_engine(require_array)


def _on_other_group(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        engine = kwargs.pop("engine", None)
        if engine is not None:
            # The method has no parameter for an engine, but a copy of the group can have this
            # engine.
            group = replace(self._async_group, member_engine=require_engine(engine))
            self = replace(self, _async_group=group)
        return native(self, *args, **kwargs)

    return shows_engine(method)


def _getting_async(native: Callable[..., Any]) -> Callable[..., Any]:
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


def _getting(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def _getitem_consolidated(self: Any, *args: Any, **kwargs: Any) -> Any:
        with opened_with(engine_of_members(self)):
            return stamp(native(self, *args, **kwargs), self.member_engine)

    return _getitem_consolidated


def _walking(native: Callable[..., Any], getitem: object) -> Callable[..., Any]:
    @wraps(native)
    async def members(
        self: Any, max_depth: int | None = 0, *, use_consolidated_for_children: bool = True
    ) -> AsyncGenerator[tuple[str, Any]]:
        trusts = use_consolidated_for_children
        engine = _walked_with(self, getitem)
        if engine is None or (max_depth is not None and max_depth < 0):
            nodes = native(self, max_depth, use_consolidated_for_children=trusts)
        else:
            from zarr._engine.nodes.walk import walk

            nodes = walk(self, engine, max_depth, trusts_children=trusts)
        async with aclosing(nodes):
            async for path, node in nodes:
                yield path, stamp(node, self.member_engine)

    return members


def _walked_with(group: Any, getitem: object) -> EngineLike | None:
    """Return the engine that finds the members of a group; `None`: upstream does."""
    # A subclass or a patch may have its own way to members. Copies of documents need no request.
    own = type(group).getitem is not getitem
    if own or group.metadata.consolidated_metadata is not None or not group.store.supports_listing:
        return None
    engine = engine_of_members(group)
    return None if engine == NATIVE else engine


def _getting_at_once(native: Callable[..., Any]) -> Callable[..., Any]:
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


def _iterating(native: Callable[..., Any]) -> Callable[..., Any]:
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


def _setting(native: Callable[..., Any]) -> Callable[..., Any]:
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
