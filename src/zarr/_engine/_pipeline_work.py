"""Parts of chunks, read into a buffer and written from one by a backend."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from zarr.abc.codec import GetResult
from zarr.core.config import config
from zarr.crud import _dispatch
from zarr.crud._loop import is_synchronous
from zarr.crud._workers import run_in_worker
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

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
    found = await _each(partial(_read, chosen, memory, drop_axes), parts, chosen)
    return tuple(PRESENT if is_stored else MISSING for is_stored in found)


async def write_parts(
    chosen: Chosen, parts: list[Part], values: npt.NDArray[Any], drop_axes: tuple[int, ...]
) -> None:
    """Write what stands for each part in `values`, in worker threads."""
    await _each(partial(_write, chosen, values, drop_axes), parts, chosen)


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
        _dispatch.read_region(backend, document, location, selection, place, options)
        return
    found = _dispatch.read_region(backend, document, location, selection, None, options)
    memory[where] = found.squeeze(axis=drop_axes) if drop_axes else found


def _write(
    chosen: Chosen, values: npt.NDArray[Any], drop_axes: tuple[int, ...], part: Part
) -> None:
    document, location, selection, where = part
    backend, options = chosen
    value = values
    if values.shape:
        value = np.asarray(values[where])
        if drop_axes:
            axes = range(value.ndim + len(drop_axes))
            value = value[tuple(None if axis in drop_axes else slice(None) for axis in axes)]
    _dispatch.write_region(backend, document, location, selection, value, options)


def _view(memory: npt.NDArray[Any], where: Any) -> npt.NDArray[Any] | None:
    """The place in `memory` itself; `None` where an index makes a copy."""
    items = where if isinstance(where, tuple) else (where,)
    if not all(isinstance(item, (int, np.integer, slice, EllipsisType)) for item in items):
        return None
    # With an ellipsis, an index of integers alone is a view as well.
    place: npt.NDArray[Any] = memory[items if Ellipsis in items else (*items, Ellipsis)]
    return place


async def _each[T](work: Callable[[Part], T], parts: list[Part], chosen: Chosen) -> list[T]:
    """Do the work of all parts, a share of them in each thread, and wait for all to end."""
    store, threads = parts[0].location.store, chosen.options.concurrency
    if threads is None:
        # Processors decode what synchronous stores have at hand; requests to others wait.
        is_at_hand = is_synchronous(store)
        threads = os.cpu_count() or 1 if is_at_hand else config.get("async.concurrency") or 10
    count = min(threads, len(parts))
    shares = [run_in_worker(_all, work, parts[first::count]) for first in range(count)]
    made: list[T | None] = [None] * len(parts)
    for first, share in enumerate(await asyncio.gather(*shares, return_exceptions=True)):
        if isinstance(share, BaseException):
            raise share
        made[first::count] = share
    return cast("list[T]", made)


def _all[T](work: Callable[[Part], T], parts: list[Part]) -> list[T]:
    return [work(part) for part in parts]
