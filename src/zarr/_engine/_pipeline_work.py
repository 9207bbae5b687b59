"""Parts of chunks, read into a buffer and written from one by a backend."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from threading import Event
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from zarr.abc.codec import GetResult
from zarr.core.config import config
from zarr.crud import _dispatch
from zarr.crud._loop import is_synchronous
from zarr.crud._values import as_value
from zarr.crud._workers import run_in_worker
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from zarr._engine._pipeline_choice import Chosen
    from zarr._engine._projections import Part

PRESENT: Final = GetResult(status="present")
MISSING: Final = GetResult(status="missing")


async def read_parts(
    chosen: Chosen, parts: list[Part], memory: npt.NDArray[Any], drop_axes: tuple[int, ...]
) -> tuple[GetResult, ...]:
    """Read each part into its place in `memory`, in worker threads; tell which are stored.

    The fill value stands for a chunk that is not.
    """
    found = await _each(partial(_read, chosen, memory, drop_axes), parts, chosen, parts)
    return tuple(PRESENT if is_stored else MISSING for is_stored in found)


async def write_parts(
    chosen: Chosen, parts: list[Part], values: npt.NDArray[Any], drop_axes: tuple[int, ...]
) -> None:
    """Write what stands for each part in `values`, in worker threads.

    Nothing is written where one of them does not fit.
    """
    checked = [(part, _value_of(part, values, drop_axes)) for part in parts]
    await _each(partial(_write, chosen), checked, chosen, parts)


def _read(chosen: Chosen, memory: npt.NDArray[Any], drop_axes: tuple[int, ...], part: Part) -> bool:
    try:
        _read_stored(chosen, memory, drop_axes, part)
    except ChunkNotFoundError:
        memory[part.where] = part.document.fill_element.reshape(())
        return False
    return True


def _read_stored(
    chosen: Chosen, memory: npt.NDArray[Any], drop_axes: tuple[int, ...], part: Part
) -> None:
    document, location, selection, where = part
    backend, options = chosen
    place = _view(memory, where)
    if (
        place is not None
        and type(place) is np.ndarray
        and place.shape == selection.shape
        and place.dtype == document.dtype
    ):
        _dispatch.read_region(backend, document, location, selection, place, options, detached=True)
        return
    found = _dispatch.read_region(
        backend, document, location, selection, None, options, detached=True
    )
    memory[where] = found.squeeze(axis=drop_axes) if drop_axes else found


def _value_of(part: Part, values: npt.NDArray[Any], drop_axes: tuple[int, ...]) -> npt.NDArray[Any]:
    value: Any = values
    if values.shape:
        value = values[part.where]
        if drop_axes:
            axes = range(np.ndim(value) + len(drop_axes))
            value = value[tuple(None if axis in drop_axes else slice(None) for axis in axes)]
    return as_value(value, part.document.dtype, part.selection.shape)


def _write(chosen: Chosen, part_and_value: tuple[Part, npt.NDArray[Any]]) -> None:
    (document, location, selection, _), value = part_and_value
    backend, options = chosen
    _dispatch.write_region(backend, document, location, selection, value, options, detached=True)


def _view(memory: npt.NDArray[Any], where: Any) -> npt.NDArray[Any] | None:
    """The place in `memory` itself; `None` where an index makes a copy."""
    items = where if isinstance(where, tuple) else (where,)
    if not all(isinstance(item, (int, np.integer, slice, EllipsisType)) for item in items):
        return None
    # With an ellipsis, an index of integers alone is a view as well.
    place: npt.NDArray[Any] = memory[items if Ellipsis in items else (*items, Ellipsis)]
    return place


async def _each[I, T](
    work: Callable[[I], T], items: list[I], chosen: Chosen, parts: list[Part]
) -> list[T]:
    """Do the work of all items in threads, and wait for all to end.

    Where one fails, or the caller is cancelled, no other is begun.
    """
    store, threads = parts[0].location.store, chosen.options.concurrency
    if threads is None:
        # Processors decode what synchronous stores have at hand; requests to others wait.
        is_at_hand = is_synchronous(store)
        threads = os.cpu_count() or 1 if is_at_hand else config.get("async.concurrency") or 10
    stop = Event()
    running = asyncio.ensure_future(
        run_in_worker(_shared_out, work, items, min(threads, len(items)), stop)
    )
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue
        if not running.cancelled():
            # Looked at, lest it be reported as an error that nobody saw.
            running.exception()
        raise


def _shared_out[I, T](
    work: Callable[[I], T], items: Sequence[I], count: int, stop: Event
) -> list[T]:
    """Do a share here and the others in threads of the call's own.

    Not in workers: a store that needs one for its answer would wait for this call, and this
    call for the store.
    """
    made: list[T | None] = [None] * len(items)

    def do(first: int) -> None:
        for at in range(first, len(items), count):
            if stop.is_set():
                return
            try:
                made[at] = work(items[at])
            except BaseException:
                stop.set()
                raise

    if count == 1:
        do(0)
    else:
        with ThreadPoolExecutor(count - 1, thread_name_prefix="zarr-crud-call") as threads:
            others = [threads.submit(copy_context().run, do, first) for first in range(1, count)]
            do(0)
        for other in others:
            other.result()
    return cast("list[T]", made)
