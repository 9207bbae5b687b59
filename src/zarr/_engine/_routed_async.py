"""The class decorator that sends the reads and writes of `AsyncArray` to its engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from zarr._engine._info import count, informed, shown
from zarr._engine._names import NATIVE
from zarr._engine._routed import serve, wrap

ASYNC_READS: Final = (
    "getitem",
    "get_orthogonal_selection",
    "get_coordinate_selection",
    "get_mask_selection",
)
"""The reading methods of `AsyncArray`; it writes by `setitem` only."""


def routed_async[T](cls: type[T]) -> type[T]:
    """Route the reads and writes of `AsyncArray`, in a worker thread."""
    array: Any = cls
    for name in ASYNC_READS:
        wrap(array, name, _reading_async)
    wrap(array, "setitem", _writing_async)
    wrap(array, "_info", informed)
    wrap(array, "__repr__", shown)
    return cls


def _reading_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def method(self: Any, *args: Any, **options: Any) -> Any:
        if self.config.engine != NATIVE:
            read = serve().READS[native.__name__]
            found = await serve().run_in_worker(read, self, *args, **options)
            if found is not serve().UNSERVED:
                return found
            count(self, NATIVE)
        return await native(self, *args, **options)

    return method


def _writing_async(native: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(native)
    async def setitem(self: Any, selection: Any, value: Any, prototype: Any = None) -> None:
        if self.config.engine != NATIVE:
            served = await serve().write_async(self, selection, value, prototype)
            if served is not serve().UNSERVED:
                return
            count(self, NATIVE)
        await native(self, selection, value, prototype)

    return setitem
