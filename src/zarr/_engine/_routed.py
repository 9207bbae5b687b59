"""Class decorators that send an array's reads and writes to its engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Final

from zarr._engine._info import count, informed
from zarr._engine._names import NATIVE

if TYPE_CHECKING:
    from types import ModuleType

DIALECTS: Final = ("basic", "orthogonal", "coordinate", "mask", "block")
"""The dialects in which `Array` reads and writes, each with a `get_` and a `set_` method."""

INDEXERS: Final = ("oindex", "vindex", "blocks")
"""The attributes of `Array` that take a selection in brackets."""

ASYNC_READS: Final = (
    "getitem",
    "get_orthogonal_selection",
    "get_coordinate_selection",
    "get_mask_selection",
)
"""The reading methods of `AsyncArray`; it writes by `setitem` only."""


@cache
def _serve() -> ModuleType:
    # Imported at the first use of an engine; at import of this module zarr is half imported.
    from zarr._engine import _serve

    return _serve


@cache
def _indexers() -> Mapping[str, Callable[[Any], Any]]:
    from zarr._engine._indexers import INDEXERS

    return INDEXERS


def routed[T](cls: type[T]) -> type[T]:
    """Route the reads and writes of `Array` whose engine is not zarr-python's own path.

    A method of the native engine runs as upstream wrote it. An explicit engine never falls back:
    what it does not serve raises with the reason. What no engine serves for `"auto"` runs as
    upstream wrote it, and is counted.
    """
    array: Any = cls
    array.__getitem__ = _getitem(array.__getitem__)
    array.__setitem__ = _setitem(array.__setitem__)
    for dialect in DIALECTS:
        _wrap(array, f"get_{dialect}_selection", _reading)
        _wrap(array, f"set_{dialect}_selection", _writing)
    for name in INDEXERS:
        _wrap(array, name, _indexing)
    _wrap(array, "append", _appending)
    _wrap(array, "__repr__", _showing)
    return cls


def routed_async[T](cls: type[T]) -> type[T]:
    """Route the reads and writes of `AsyncArray`, in a worker thread."""
    array: Any = cls
    for name in ASYNC_READS:
        _wrap(array, name, _reading_async)
    _wrap(array, "setitem", _writing_async)
    _wrap(array, "_info", informed)
    _wrap(array, "__repr__", _showing)
    return cls


def _wrap(cls: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
    setattr(cls, name, wrapper(getattr(cls, name)))


def _getitem(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def __getitem__(self: Any, selection: Any) -> Any:
        array = self._async_array
        if array.config.engine != NATIVE:
            kind = _serve().item_dialect(selection, array.metadata.shape)
            # What is not plain goes by upstream's code to the method of its dialect.
            if kind is not None:
                found = _serve().read(array, selection, kind)
                if found is not _serve().UNSERVED:
                    return found
        return native(self, selection)

    return __getitem__


def _setitem(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def __setitem__(self: Any, selection: Any, value: Any) -> None:
        array = self._async_array
        if array.config.engine != NATIVE:
            kind = _serve().item_dialect(selection, array.metadata.shape)
            if kind is not None:
                served = _serve().write(array, selection, value, kind)
                if served is not _serve().UNSERVED:
                    return
        native(self, selection, value)

    return __setitem__


def _indexing(native: property) -> property:
    upstreams: Any = native.fget

    @wraps(upstreams)
    def indexer(self: Any) -> Any:
        if self._async_array.config.engine == NATIVE:
            return upstreams(self)
        return _indexers()[upstreams.__name__](self)

    return property(indexer)


def _reading(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def method(self: Any, *args: Any, **options: Any) -> Any:
        array = self._async_array
        if array.config.engine != NATIVE:
            found = _serve().READS[native.__name__](array, *args, **options)
            if found is not _serve().UNSERVED:
                return found
            count(array, NATIVE)
        return native(self, *args, **options)

    return method


def _writing(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def method(self: Any, *args: Any, **options: Any) -> None:
        array = self._async_array
        if array.config.engine != NATIVE:
            write = _serve().WRITES[native.__name__]
            if write(array, *args, **options) is not _serve().UNSERVED:
                return
            count(array, NATIVE)
        native(self, *args, **options)

    return method


def _appending(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def append(self: Any, data: Any, axis: int = 0) -> Any:
        array = self._async_array
        if array.config.engine != NATIVE:
            from zarr._engine._append import append

            shape = append(array, data, axis)
            if shape is not _serve().UNSERVED:
                return shape
        return native(self, data, axis)

    return append


def _reading_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def method(self: Any, *args: Any, **options: Any) -> Any:
        if self.config.engine != NATIVE:
            read = _serve().READS[native.__name__]
            found = await _serve().run_in_worker(read, self, *args, **options)
            if found is not _serve().UNSERVED:
                return found
            count(self, NATIVE)
        return await native(self, *args, **options)

    return method


def _writing_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def setitem(self: Any, selection: Any, value: Any, prototype: Any = None) -> None:
        if self.config.engine != NATIVE:
            served = await _serve().write_async(self, selection, value, prototype)
            if served is not _serve().UNSERVED:
                return
            count(self, NATIVE)
        await native(self, selection, value, prototype)

    return setitem


def _showing(native: Callable[..., str]) -> Callable[..., str]:
    @wraps(native)
    def __repr__(self: Any) -> str:
        text = native(self)
        engine = self.config.engine
        return text if engine == NATIVE else f"{text.removesuffix('>')} engine={self.engine}>"

    return __repr__
