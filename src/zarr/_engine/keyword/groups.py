"""Class decorators that give groups an engine, which their arrays and groups inherit."""

from __future__ import annotations

from contextlib import aclosing
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, overload

from zarr._engine.engines.fixed import Fixed, tells_of_engine
from zarr._engine.engines.names import name_of
from zarr._engine.engines.pickles import pickles_engine
from zarr._engine.keyword.docstrings import shows_engine
from zarr._engine.keyword.shown import shown_later
from zarr._engine.later import called_later, later
from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

FILLED: Final = (
    *("empty", "zeros", "ones", "full"),
    *("empty_like", "zeros_like", "ones_like", "full_like"),
)
"""Functions, and methods of groups, that create an array with the keywords in their `**kwargs`."""

_MEMBERS: Final = "keyword.members"

_group_html: Final = called_later("engines.notebook", "group_html")


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
        _show(cls, name, "creating_array")
    _show(cls, "require_array", "requiring")
    for name in ("create_group", "require_group", "require_groups"):
        _show(cls, name, "creating_group")
    _show(cls, "create_hierarchy", "creating_nodes")
    _put(cls, "getitem", _MEMBERS, "getting_async")
    _put(cls, "_getitem_consolidated", "opening.copied", "getting")
    _wrap(cls, "members", lambda native: _walking(native, vars(cls)["getitem"]))
    _put(cls, "setitem", _MEMBERS, "setting")
    for name in ("delitem", "update_attributes"):
        _put(cls, name, "keyword.forked", "unless_lost")
    for name in ("from_store", "open"):
        place = later(vars(cls)[name].__func__, "keyword.forked", "unless_lost_place")
        setattr(cls, name, classmethod(place))
    _put(cls, "_info", "engines.display", "informed")
    _put(cls, "__repr__", "engines.display", "shown")
    return pickles_engine("member_engine")(tells_of_engine(cls))


def engine_group[T](cls: type[T]) -> type[T]:
    """Add the keyword to the methods of `Group`; their results inherit from its `AsyncGroup`."""
    for name in ("create", "create_array", "require_array"):
        _wrap(cls, name, shown_later("keyword.decorators", "array_engine"))
    for name in ("require_groups", "create_hierarchy"):
        _show(cls, name, "on_other_group")
    for name in (*FILLED, "require_group"):
        # They pass the keyword on in their `**kwargs`.
        _wrap(cls, name, shows_engine)
    _put(cls, "__getitem__", _MEMBERS, "getting_at_once")
    _put(cls, "_sync_iter", _MEMBERS, "iterating")
    _put(cls, "__repr__", "engines.display", "shown")
    cls._repr_html_ = _repr_html_  # type: ignore[attr-defined]
    return tells_of_engine(cls)


def lazily_consolidated[T](cls: type[T]) -> type[T]:
    """Parse each member of `ConsolidatedMetadata` when somebody asks for it."""
    changed: Any = cls
    native = changed.from_dict.__func__
    changed.from_dict = classmethod(later(native, "metadata.consolidated", "parsed_lazily"))
    return cls


def _wrap(cls: Any, name: str, wrapper: Callable[[Callable[..., Any]], Any]) -> None:
    setattr(cls, name, wrapper(getattr(cls, name)))


def _put(cls: Any, name: str, module: str, maker: str) -> None:
    setattr(cls, name, later(getattr(cls, name), module, maker))


def _show(cls: Any, name: str, maker: str) -> None:
    _wrap(cls, name, shown_later(_MEMBERS, maker))


def _repr_html_(self: Any) -> str | None:
    """Return a table of a group with an engine; `None` shows the `repr`."""
    return _group_html(self)  # type: ignore[no-any-return]


@cache
def _members() -> tuple[Callable[..., Any], Callable[..., Any]]:
    from zarr._engine.keyword.decorators import stamp
    from zarr._engine.keyword.members import walked

    return walked, stamp


def _walking(native: Callable[..., Any], getitem: object) -> Callable[..., Any]:
    # Not made later: what it is made of must be an asynchronous generator function.
    @wraps(native)
    async def members(
        self: Any, max_depth: int | None = 0, *, use_consolidated_for_children: bool = True
    ) -> AsyncGenerator[tuple[str, Any]]:
        walked, stamp = _members()
        nodes = walked(native, getitem, self, max_depth, trusts=use_consolidated_for_children)
        async with aclosing(nodes):
            async for path, node in nodes:
                yield path, stamp(node, self.member_engine)

    return members
