"""Decorators that add the keyword `engine` to functions of zarr's interface."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any

from zarr._engine.engines.hint import hinting
from zarr._engine.engines.names import EngineLike, require_engine
from zarr._engine.keyword.context import apart_with, current_engine
from zarr._engine.keyword.docstrings import takes
from zarr._engine.keyword.forked import refuse_lost
from zarr._engine.keyword.requested import asks_engine_alone, check, set_engine, with_engine
from zarr._engine.metadata.opened_with import passed_on
from zarr._engine.nodes.open_together import together

type Before = Callable[[tuple[Any, ...], dict[str, Any]], EngineLike | None]
"""Removes the keyword from a call's arguments, and returns the engine of the nodes it makes."""


def array_engine[F: Callable[..., Any]](function: F) -> F:
    """Pass the engine through the `config` of a function that creates or opens an array.

    If the function finds a group, the engine becomes the group's.
    """
    named = takes(function, "write_empty_chunks")
    if iscoroutinefunction(function) and function.__name__ == "open":
        function = together(function)
    return around(function, _into_config_with_old_keyword if named else into_config)


def group_engine[F: Callable[..., Any]](function: F) -> F:
    """Give the engine to the group that a function creates or opens."""
    return around(function, _taken)


def hierarchy_engine[F: Callable[..., Any]](function: F) -> F:
    """Give the engine to the nodes that a function creates from their metadata.

    If the engine does not serve one, the call is refused before anything is written.
    """
    return around(function, _taken_for_nodes)


def around[F: Callable[..., Any]](function: F, before: Before) -> F:
    """Let `function` take the keyword; `before` removes it, and returned groups receive it."""
    called: Any
    if isasyncgenfunction(function) or isgeneratorfunction(function):
        stamped: Any = _each_async if isasyncgenfunction(function) else _each

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            engine = before(args, kwargs)
            refuse_lost(engine, args, kwargs)
            return stamped(function(*args, **kwargs), engine)

    elif iscoroutinefunction(function):

        @wraps(function)
        async def called(*args: Any, **kwargs: Any) -> Any:
            engine = before(args, kwargs)
            refuse_lost(engine, args, kwargs)
            with apart_with(passed_on(engine)):
                return stamp(await function(*args, **kwargs), engine)

    else:

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            engine = before(args, kwargs)
            refuse_lost(engine, args, kwargs)
            with apart_with(passed_on(engine)):
                return stamp(hinting(engine, function, *args, **kwargs), engine)

    wrapped: F = called
    return wrapped


def stamp(node: Any, engine: EngineLike | None) -> Any:
    """Set the engine of a node that no other code holds yet; return anything else unchanged."""
    if engine is None or node is None:
        return node
    if isinstance(node, tuple):
        return tuple(stamp(item, engine) for item in node)
    inner = getattr(node, "_async_group", getattr(node, "_async_array", node))
    if hasattr(inner, "member_engine"):
        object.__setattr__(inner, "member_engine", engine)
    elif inner.config.engine != engine:
        set_engine(inner, engine)
    return node


def check_nodes(nodes: object, store: Any, path: str, engine: EngineLike) -> None:
    """Raise unless the engine serves every array among the metadata of nodes below `path`."""
    from zarr.core.metadata import ArrayV2Metadata, ArrayV3Metadata
    from zarr.storage import StorePath

    # The decorated function itself refuses anything but a mapping.
    for name, metadata in nodes.items() if isinstance(nodes, Mapping) else ():
        if isinstance(metadata, ArrayV2Metadata | ArrayV3Metadata):
            check(metadata, StorePath(store, path) / name, engine, writes=True)


def into_config(args: tuple[Any, ...], kwargs: dict[str, Any]) -> EngineLike | None:
    """Move the keyword into `config`."""
    engine = _taken(args, kwargs)
    if engine is not None:
        kwargs["config"] = with_engine(kwargs.get("config"), engine)
    return engine


def _into_config_with_old_keyword(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> EngineLike | None:
    engine = into_config(args, kwargs)
    config, value = kwargs.get("config"), kwargs.get("write_empty_chunks")
    if value is not None and (config is None or asks_engine_alone(config)):
        # Upstream warns about two sources, but the caller gave only one: in the config it counts as
        # given.
        from zarr.core.common import _warn_write_empty_chunks_kwarg

        _warn_write_empty_chunks_kwarg()
        del kwargs["write_empty_chunks"]
        kwargs["config"] = {**(config or {}), "write_empty_chunks": value}
    return engine


def _taken(_args: tuple[Any, ...], kwargs: dict[str, Any]) -> EngineLike | None:
    engine = kwargs.pop("engine", None)
    return current_engine() if engine is None else require_engine(engine)


def _taken_for_nodes(args: tuple[Any, ...], kwargs: dict[str, Any]) -> EngineLike | None:
    engine = _taken(args, kwargs)
    if engine is not None:
        check_nodes(kwargs.get("nodes"), kwargs.get("store"), "", engine)
    return engine


def _each(nodes: Iterator[tuple[str, Any]], engine: EngineLike | None) -> Iterator[tuple[str, Any]]:
    while (found := hinting(engine, next, nodes, None)) is not None:
        name, node = found
        yield name, stamp(node, engine)


async def _each_async(
    nodes: AsyncIterator[tuple[str, Any]], engine: EngineLike | None
) -> AsyncIterator[tuple[str, Any]]:
    async for name, node in nodes:
        yield name, stamp(node, engine)
