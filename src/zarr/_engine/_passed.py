"""The keyword `engine` of functions that make or open arrays in calls of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final

from zarr._engine._names import AUTO, NATIVE, EngineLike, require_engine
from zarr._engine._shown import shows_engine

if TYPE_CHECKING:
    from zarr._engine._signatures import Shown

# Of the caller's context: tasks and threads that the call starts have it, others do not.
_under_way: Final[ContextVar[EngineLike | None]] = ContextVar("engine_under_way", default=None)


def engine_under_way() -> EngineLike | None:
    """Return the engine of the `load`, `save` or `save_group` that calls, if it was given one."""
    return _under_way.get()


def passed_as[**P](_signature: Callable[P, object], *, checked: bool = False) -> Shown[P]:
    """Let a function take the keyword, and what it calls have it, without a place for it between.

    `checked`: what the engine does not serve is refused before the function does anything. Type
    checkers see the parameters of `_signature`.
    """

    def passing(function: Callable[..., Any]) -> Any:
        called: Callable[..., Any]
        if iscoroutinefunction(function):

            @wraps(function)
            async def called(*args: Any, **kwargs: Any) -> Any:
                engine = _taken(kwargs)
                if checked and engine not in (None, NATIVE, AUTO):
                    await _check_arrays(args[1:], kwargs, engine)
                before = _under_way.set(engine)
                try:
                    return await function(*args, **kwargs)
                finally:
                    _under_way.reset(before)

        else:

            @wraps(function)
            def called(*args: Any, **kwargs: Any) -> Any:
                before = _under_way.set(_taken(kwargs))
                try:
                    return function(*args, **kwargs)
                finally:
                    _under_way.reset(before)

        return shows_engine(called)

    return passing


def _taken(kwargs: dict[str, Any]) -> EngineLike | None:
    from zarr.core.buffer import NDArrayLike

    if isinstance(kwargs.get("engine"), NDArrayLike):
        # `save(store, engine=values)` has always saved an array of that name.
        return engine_under_way()
    engine = kwargs.pop("engine", None)
    return engine_under_way() if engine is None else require_engine(engine)


async def _check_arrays(values: tuple[Any, ...], kwargs: dict[str, Any], engine: Any) -> None:
    """Make the same arrays where nobody sees them, before what is there is deleted."""
    from zarr.api.asynchronous import create
    from zarr.core.buffer import NDArrayLike
    from zarr.storage import MemoryStore

    for value in (*values, *kwargs.values()):
        if isinstance(value, NDArrayLike):
            await create(
                value.shape,
                chunks=getattr(value, "chunks", None),
                dtype=value.dtype,
                store=MemoryStore(),
                zarr_format=kwargs.get("zarr_format"),
                engine=engine,
            )
