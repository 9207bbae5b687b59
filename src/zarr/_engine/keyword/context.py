"""The keyword `engine` of functions that create or open arrays through calls of other functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.engines.callers import called_by_zarr
from zarr._engine.engines.names import AUTO, NATIVE, EngineLike, require_engine
from zarr._engine.metadata.opened_with import opened_with
from zarr.core.config import config

if TYPE_CHECKING:
    from zarr.storage import StorePath

# A context variable: tasks and threads that the call starts inherit it, others do not.
_current: Final[ContextVar[EngineLike | None]] = ContextVar("current_engine", default=None)


def current_engine() -> EngineLike | None:
    """Return the engine of the calling `load`, `save` or `save_group`, if it was given one."""
    engine = _current.get()
    return engine if engine is not None and called_by_zarr() else None


@contextmanager
def apart_with(engine: EngineLike | None) -> Iterator[None]:
    """Open nodes with the engine of one call, or with the configured one, whatever is around it.

    What upstream's function calls within cannot tell whether it, or a store, is called by zarr.
    """
    before = _current.set(None)
    try:
        with opened_with(engine):
            yield
    finally:
        _current.reset(before)


def passing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the keyword of a function to the functions that it calls, through the context."""
    called: Callable[..., Any]
    if iscoroutinefunction(function):

        @wraps(function)
        async def called(*args: Any, **kwargs: Any) -> Any:
            before = _current.set(_taken(kwargs))
            try:
                return await function(*args, **kwargs)
            finally:
                _current.reset(before)

    else:

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            before = _current.set(_taken(kwargs))
            try:
                return function(*args, **kwargs)
            finally:
                _current.reset(before)

    return called


def passing_checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Do the same for a coroutine function, and refuse arrays that the engine does not serve.

    They are refused before the function does anything.
    """

    @wraps(function)
    async def called(*args: Any, **kwargs: Any) -> Any:
        before = _current.set(_taken(kwargs))
        try:
            await _check_arrays(args, kwargs)
            return await function(*args, **kwargs)
        finally:
            _current.reset(before)

    return called


def _taken(kwargs: dict[str, Any]) -> EngineLike | None:
    from zarr.core.buffer import NDArrayLike

    if isinstance(kwargs.get("engine"), NDArrayLike):
        # `save(store, engine=values)` has always saved an array of that name.
        return current_engine()
    engine = kwargs.pop("engine", None)
    return current_engine() if engine is None else require_engine(engine)


async def _check_arrays(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse arrays that the engine does not write, before existing data is deleted."""
    from zarr._engine.keyword.requested import check
    from zarr.api.asynchronous import create
    from zarr.core.buffer import NDArrayLike
    from zarr.storage import MemoryStore

    engine = _current.get()
    if engine is None:
        engine = require_engine(config.get("array.engine"))
    if engine in (NATIVE, AUTO):
        return
    store = args[0] if args else kwargs.get("store")
    place = await _place_of(store, kwargs.get("path"), kwargs.get("storage_options"))
    named = {f"arr_{at}": value for at, value in enumerate(args[1:])} | kwargs
    for name, value in named.items():
        if not isinstance(value, NDArrayLike):
            continue
        # In a temporary store: only its metadata is needed.
        made = await create(
            value.shape,
            chunks=getattr(value, "chunks", None),
            dtype=value.dtype,
            store=MemoryStore(),
            zarr_format=kwargs.get("zarr_format"),
            engine=NATIVE,
        )
        check(made.metadata, place / name, engine, writes=True)


async def _place_of(store: Any, path: str | None, options: Any) -> StorePath:
    from zarr.abc.store import Store
    from zarr.storage import LocalStore, StorePath
    from zarr.storage._common import make_store_path

    is_open = isinstance(store, (Store, StorePath))
    try:
        # Open a name for reading, which creates no folder.
        return await make_store_path(
            store, path=path, mode=None if is_open else "r", storage_options=options
        )
    except FileNotFoundError:
        # Only a local folder can be missing. The engine is asked about it, and it need not exist.
        return StorePath(LocalStore(str(store).removeprefix("file://")), path or "")
