"""Class decorators that route an array's reads and writes to its engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.engines.names import NATIVE
from zarr._engine.later import called_later, made_later

if TYPE_CHECKING:
    from types import ModuleType

DIALECTS: Final = ("basic", "orthogonal", "coordinate", "mask", "block")
"""The dialects in which `Array` reads and writes, each with a `get_` and a `set_` method."""

INDEXERS: Final = ("oindex", "vindex", "blocks")
"""The attributes of `Array` that take a selection in brackets."""

_array_html: Final = called_later("engines.notebook", "array_html")


@cache
def serve() -> ModuleType:
    """Return the module that implements the methods."""
    # Imported at the first use of an engine: zarr is only partly imported when this module is.
    from zarr._engine.calls import methods

    return methods


@cache
def _indexers() -> Mapping[str, Callable[[Any], Any]]:
    from zarr._engine.routing.indexers import INDEXERS

    return INDEXERS


def routed[T](cls: type[T]) -> type[T]:
    """Route the reads and writes of `Array` whose engine is not zarr-python's own path.

    With the native engine, a method runs as upstream wrote it. A named engine never falls back: if
    it does not serve, the call raises the reason. If no engine serves under `"auto"`, the method
    runs as upstream wrote it, and is counted.
    """
    array: Any = cls
    array.__getitem__ = _getitem(array.__getitem__)
    array.__setitem__ = _setitem(array.__setitem__)
    for dialect in DIALECTS:
        # The mask parameter has a different name.
        reading, writing = (
            (_reading_mask, _writing_mask) if dialect == "mask" else (_reading, _writing)
        )
        wrap(array, f"get_{dialect}_selection", reading)
        wrap(array, f"set_{dialect}_selection", writing)
    for name in INDEXERS:
        wrap(array, name, _indexing)
    wrap(array, "append", _appending)
    wrap(array, "__repr__", made_later("engines.display", "shown"))
    array._repr_html_ = _repr_html_
    return cls


def _repr_html_(self: Any) -> str | None:
    """Return a table and a chunk map of an array with an engine; `None` shows the `repr`."""
    return _array_html(self)  # type: ignore[no-any-return]


def wrap(cls: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
    """Replace the attribute `name` of a class by the result of `wrapper`."""
    setattr(cls, name, wrapper(getattr(cls, name)))


def _getitem(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def __getitem__(self: Any, selection: Any) -> Any:
        array = self._async_array
        if array.config.engine != NATIVE:
            engines = serve()
            found = engines.read_item(array, selection)
            if found is not engines.UNSERVED:
                return found
        return native(self, selection)

    return __getitem__


def _setitem(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def __setitem__(self: Any, selection: Any, value: Any) -> None:
        array = self._async_array
        if array.config.engine != NATIVE:
            engines = serve()
            kind = engines.item_dialect(selection, array.metadata.shape)
            if kind is not None:
                served = engines.write(array, selection, value, kind)
                if served is not engines.UNSERVED:
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
    # Named parameters: passing on `*args, **options` takes longer than everything else here.
    def method(
        self: Any, selection: Any, *, out: Any = None, prototype: Any = None, fields: Any = None
    ) -> Any:
        array = self._async_array
        if array.config.engine != NATIVE:
            read = serve().READS[native.__name__]
            found = read(array, selection, out=out, prototype=prototype, fields=fields)
            if found is not serve().UNSERVED:
                return found
        return native(self, selection, out=out, prototype=prototype, fields=fields)

    # The basic dialect has a default; the others have none.
    method.__defaults__ = native.__defaults__
    return wraps(native)(method)


def _reading_mask(native: Callable[..., Any]) -> Callable[..., Any]:
    by_position = _reading(native)

    @wraps(native)
    def method(
        self: Any, mask: Any, *, out: Any = None, fields: Any = None, prototype: Any = None
    ) -> Any:
        call = native if self._async_array.config.engine == NATIVE else by_position
        return call(self, mask, out=out, fields=fields, prototype=prototype)

    return method


def _writing(native: Callable[..., Any]) -> Callable[..., Any]:
    def method(
        self: Any, selection: Any, value: Any, *, fields: Any = None, prototype: Any = None
    ) -> None:
        array = self._async_array
        if array.config.engine != NATIVE:
            write = serve().WRITES[native.__name__]
            served = write(array, selection, value, fields=fields, prototype=prototype)
            if served is not serve().UNSERVED:
                return
        native(self, selection, value, fields=fields, prototype=prototype)

    return wraps(native)(method)


def _writing_mask(native: Callable[..., Any]) -> Callable[..., Any]:
    by_position = _writing(native)

    @wraps(native)
    def method(
        self: Any, mask: Any, value: Any, *, fields: Any = None, prototype: Any = None
    ) -> None:
        call = native if self._async_array.config.engine == NATIVE else by_position
        call(self, mask, value, fields=fields, prototype=prototype)

    return method


def _appending(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    def append(self: Any, data: Any, axis: int = 0) -> Any:
        array = self._async_array
        if array.config.engine != NATIVE:
            from zarr._engine.calls.append import append

            shape = append(array, data, axis)
            if shape is not serve().UNSERVED:
                return shape
        return native(self, data, axis)

    return append
