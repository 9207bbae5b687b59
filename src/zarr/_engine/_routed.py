"""Class decorators that send an array's reads and writes to its engine."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Coroutine
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any, Final

from zarr._engine._names import NATIVE

if TYPE_CHECKING:
    from types import ModuleType

REFUSED_SYNC: Final = {
    "get_coordinate_selection": "coordinate",
    "set_coordinate_selection": "coordinate",
    "get_mask_selection": "mask",
    "set_mask_selection": "mask",
    "get_block_selection": "block",
    "set_block_selection": "block",
}
"""Selection methods of `Array` whose dialect engines do not serve."""

REFUSED_ASYNC: Final = {
    "get_coordinate_selection": "coordinate",
    "get_mask_selection": "mask",
}
"""Selection methods of `AsyncArray` whose dialect engines do not serve."""

SERVED: Final = ("basic", "orthogonal")
"""Dialects that engines serve; of orthogonal selections those of integers and slices only."""


@cache
def _serve() -> ModuleType:
    # Imported at the first use of an engine; at import of this module zarr is half imported.
    from zarr._engine import _serve

    return _serve


def routed[T](cls: type[T]) -> type[T]:
    """Route the reads and writes of `Array` whose engine is not zarr-python's own path.

    A method of the native engine runs as upstream wrote it. An explicit engine never falls back:
    what it does not serve raises with the reason.
    """
    array: Any = cls
    array.__getitem__ = _getitem(array.__getitem__)
    array.__setitem__ = _setitem(array.__setitem__)
    for dialect in SERVED:
        _wrap(array, f"get_{dialect}_selection", _reading)
        _wrap(array, f"set_{dialect}_selection", _writing)
    for name, dialect in REFUSED_SYNC.items():
        _wrap(array, name, partial(_refusing, dialect=dialect))
    return cls


def routed_async[T](cls: type[T]) -> type[T]:
    """Route the reads and writes of `AsyncArray`, in a worker thread."""
    array: Any = cls
    _wrap(array, "getitem", _reading_async)
    _wrap(array, "get_orthogonal_selection", _reading_async)
    _wrap(array, "setitem", _writing_async)
    for name, dialect in REFUSED_ASYNC.items():
        _wrap(array, name, partial(_refusing_async, dialect=dialect))
    return cls


def checks_engine[**P, T](
    opening: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a function that opens an array refuse an `engine=` that does not serve it."""

    @wraps(opening)
    async def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        array = await opening(*args, **kwargs)
        if kwargs.get("engine") not in (None, NATIVE):
            _serve().check(array)
        return array

    return checked


def _getitem(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def __getitem__(self: Any, selection: Any) -> Any:
        array = self._async_array
        if array.config.engine != NATIVE and _serve().is_basic(selection):
            return _serve().read_item(array, selection)
        return native(self, selection)

    return __getitem__


def _setitem(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def __setitem__(self: Any, selection: Any, value: Any) -> None:
        array = self._async_array
        if array.config.engine != NATIVE and _serve().is_basic(selection):
            _serve().write_basic(array, selection, value)
        else:
            native(self, selection, value)

    return __setitem__


def _wrap(cls: Any, name: str, wrapper: Callable[[Callable[..., Any]], Any]) -> None:
    setattr(cls, name, wrapper(getattr(cls, name)))


def _reading(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def method(self: Any, selection: Any = ..., **options: Any) -> Any:
        array = self._async_array
        if array.config.engine == NATIVE:
            return native(self, selection, **options)
        return _serve().READS[native.__name__](array, selection, **options)

    return method


def _writing(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def method(self: Any, selection: Any, value: Any, **options: Any) -> None:
        array = self._async_array
        if array.config.engine == NATIVE:
            native(self, selection, value, **options)
        else:
            _serve().WRITES[native.__name__](array, selection, value, **options)

    return method


def _refusing(native: Callable[..., Any], dialect: str) -> Callable[..., Any]:
    @wraps(native)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        array = self._async_array
        if array.config.engine != NATIVE:
            _serve().refuse_dialect(array, dialect)
        return native(self, *args, **kwargs)

    return method


def _refusing_async(native: Callable[..., Any], dialect: str) -> Callable[..., Any]:
    @wraps(native)
    async def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.config.engine != NATIVE:
            _serve().refuse_dialect(self, dialect)
        return await native(self, *args, **kwargs)

    return method


def _reading_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def method(self: Any, selection: Any, **options: Any) -> Any:
        if self.config.engine == NATIVE:
            return await native(self, selection, **options)
        return await to_thread(_serve().READS[native.__name__], self, selection, **options)

    return method


def _writing_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def setitem(self: Any, selection: Any, value: Any, prototype: Any = None) -> None:
        if self.config.engine == NATIVE:
            await native(self, selection, value, prototype)
        else:
            await _serve().write_async(self, selection, value, prototype=prototype)

    return setitem
