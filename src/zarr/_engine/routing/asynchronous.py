"""The class decorator that routes the reads and writes of `AsyncArray` to its engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from inspect import markcoroutinefunction
from typing import Any, Final

from zarr._engine.engines.fixed import tells_of_engine
from zarr._engine.engines.names import NATIVE
from zarr._engine.engines.native_pipeline import PIPELINE
from zarr._engine.later import later, made_later
from zarr._engine.options.array_config import with_options
from zarr._engine.pipeline.attribute import ArrayPipeline
from zarr._engine.routing.sync import serve, wrap

UPSTREAMS: Final = "zarr.core.indexing"
"""The module of upstream's indexers."""

_READS: Final = "zarr._engine.calls.methods"
"""The module that the first read imports, unless it was imported before."""


def routed_async[T](cls: type[T]) -> type[T]:
    """Route the reads and writes of `AsyncArray`, in a worker thread."""
    array: Any = cls
    wrap(array, "__init__", _constructing)
    wrap(array, "__getstate__", made_later("engines.copies", "without_engine_state"))
    wrap(array, "getitem", _getting_async)
    wrap(array, "get_orthogonal_selection", _reading_async)
    wrap(array, "get_coordinate_selection", _reading_async)
    wrap(array, "get_mask_selection", _reading_mask_async)
    wrap(array, "_get_selection", _reading_projected_async)
    wrap(array, "setitem", _writing_async)
    wrap(array, "append", _appending_async)
    wrap(array, "resize", _resizing_async)
    wrap(array, "nchunks_initialized", _counting_async("count_chunks"))
    wrap(array, "_nshards_initialized", _counting_async("count_shards"))
    wrap(array, "info_complete", _completing_async)
    for name in ("append", "resize", "update_attributes", "nbytes_stored", "info_complete"):
        wrap(array, name, made_later("keyword.forked", "unless_lost"))
    opened = vars(array)["open"].__func__
    array.open = classmethod(later(opened, "keyword.forked", "unless_lost_place"))
    wrap(array, "with_config", with_options)
    wrap(array, "_info", made_later("engines.display", "informed"))
    wrap(array, "__repr__", made_later("engines.display", "shown"))
    setattr(array, PIPELINE, ArrayPipeline())
    return tells_of_engine(cls)


def _constructing(native: Callable[..., Any]) -> Callable[..., Any]:
    construct = later(native, "opening.known", "parsed_once")

    @wraps(native)
    def __init__(self: Any, metadata: Any, store_path: Any, config: Any = None) -> None:
        construct(self, metadata, store_path, config)
        # Whoever opens an array expects to wait; its first read should not.
        if self.config.engine != NATIVE and _READS not in sys.modules:
            import_module(_READS)

    return __init__


# The methods return coroutines without being coroutine functions, and name their parameters: a
# nested coroutine, or `*args, **options`, takes longer than everything else here.
def _getting_async(native: Callable[..., Any]) -> Callable[..., Any]:
    read = _read_by(native)

    @wraps(native)
    def getitem(self: Any, selection: Any, *, prototype: Any = None) -> Any:
        if self.config.engine == NATIVE:
            return native(self, selection, prototype=prototype)
        return read(self, selection, prototype=prototype)

    return markcoroutinefunction(getitem)


def _reading_async(native: Callable[..., Any]) -> Callable[..., Any]:
    read = _read_by(native)

    @wraps(native)
    def method(
        self: Any, selection: Any, *, out: Any = None, fields: Any = None, prototype: Any = None
    ) -> Any:
        if self.config.engine == NATIVE:
            return native(self, selection, out=out, fields=fields, prototype=prototype)
        return read(self, selection, out=out, fields=fields, prototype=prototype)

    return markcoroutinefunction(method)


def _reading_mask_async(native: Callable[..., Any]) -> Callable[..., Any]:
    by_position = _reading_async(native)

    @wraps(native)
    def method(
        self: Any, mask: Any, *, out: Any = None, fields: Any = None, prototype: Any = None
    ) -> Any:
        call = native if self.config.engine == NATIVE else by_position
        return call(self, mask, out=out, fields=fields, prototype=prototype)

    return markcoroutinefunction(method)


def _reading_projected_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def read(self: Any, indexer: Any, **options: Any) -> Any:
        from zarr._engine.calls.awaited import read_projected_async

        found = await read_projected_async(self, indexer, **options)
        if found is not serve().UNSERVED:
            return found
        return await native(self, indexer, **options)

    @wraps(native)
    def _get_selection(
        self: Any, indexer: Any, *, prototype: Any, out: Any = None, fields: Any = None
    ) -> Any:
        # Upstream's own indexers come from calls that no engine serves.
        own = type(indexer).__module__ == UPSTREAMS
        call = native if own or self.config.engine == NATIVE else read
        return call(self, indexer, prototype=prototype, out=out, fields=fields)

    return markcoroutinefunction(_get_selection)


def _read_by(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def read(self: Any, selection: Any, **options: Any) -> Any:
        from zarr._engine.calls.awaited import read_async

        found = await read_async(native.__name__, self, selection, **options)
        if found is not serve().UNSERVED:
            return found
        return await native(self, selection, **options)

    return read


def _writing_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def write(self: Any, selection: Any, value: Any, prototype: Any) -> None:
        served = await serve().write_async(self, selection, value, prototype)
        if served is serve().UNSERVED:
            await native(self, selection, value, prototype)

    @wraps(native)
    def setitem(self: Any, selection: Any, value: Any, prototype: Any = None) -> Any:
        if self.config.engine == NATIVE:
            return native(self, selection, value, prototype)
        return write(self, selection, value, prototype)

    return markcoroutinefunction(setitem)


def _appending_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def append(self: Any, data: Any, axis: int = 0) -> Any:
        if self.config.engine == NATIVE:
            return await native(self, data, axis)
        # Upstream extends the array before it checks the values.
        from zarr._engine.calls.append import checked_values, flush_documents

        data = checked_values(self, data, axis)
        shape = await native(self, data, axis)
        await serve().run_in_worker(flush_documents, self)
        return shape

    return append


def _resizing_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def resize(
        self: Any,
        new_shape: Any,
        delete_outside_chunks: bool = True,  # noqa: FBT001, FBT002  # upstream's signature
    ) -> Any:
        if self.config.engine != NATIVE:
            from zarr._engine.calls.stored_chunks import check_shape, delete_outside

            check_shape(self, new_shape)
            if delete_outside_chunks:
                delete_outside_chunks = not await delete_outside(self, new_shape)
        return await native(self, new_shape, delete_outside_chunks)

    return resize


def _counting_async(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def counting(native: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(native)
        async def count(self: Any) -> Any:
            found = None
            if self.config.engine != NATIVE:
                from zarr._engine.calls import stored_chunks

                found = await getattr(stored_chunks, name)(self)
            return await native(self) if found is None else found

        return count

    return counting


def _completing_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def info_complete(self: Any) -> Any:
        if self.config.engine == NATIVE:
            return await native(self)
        place = self.store_path
        # As upstream, but it counts by the method above.
        count = await self._nshards_initialized()
        return self._info(count, await place.store.getsize_prefix(place.path))

    return info_complete
