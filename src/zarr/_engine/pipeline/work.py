"""Parts of chunks that a backend reads into a buffer or writes from one."""

from __future__ import annotations

from functools import partial
from math import prod
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr._engine.pipeline.threads import each, narrowed, thread_count
from zarr.abc.codec import GetResult
from zarr.crud._elements.values import as_value, check_result
from zarr.crud.backends import dispatch
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr._engine.pipeline.choice import Chosen
    from zarr._engine.pipeline.projections import Part

PRESENT: Final = GetResult(status="present")
MISSING: Final = GetResult(status="missing")


async def read_parts(
    chosen: Chosen, parts: list[Part], memory: npt.NDArray[Any], drop_axes: tuple[int, ...]
) -> tuple[GetResult, ...]:
    """Read each part into its place in `memory`, in worker threads; return which are stored.

    A chunk that is not stored reads as the fill value.
    """
    size = sum(prod(part.selection.shape) for part in parts)
    check_result(parts[0].document, (size,), chosen.options)
    threads = thread_count(chosen.options, parts[0].location.store, len(parts))
    found = await each(partial(_read, narrowed(chosen, threads), memory, drop_axes), parts, threads)
    if chosen.missing == "hide":
        return (PRESENT,) * len(parts)
    return tuple(PRESENT if is_stored else MISSING for is_stored in found)


async def write_parts(
    chosen: Chosen, parts: list[Part], values: npt.NDArray[Any], drop_axes: tuple[int, ...]
) -> None:
    """Write the elements of each part in `values`, in worker threads.

    Nothing is written if one of them does not fit.
    """
    checked = [(part, _value_of(part, values, drop_axes)) for part in parts]
    threads = thread_count(chosen.options, parts[0].location.store, len(parts))
    await each(partial(_write, narrowed(chosen, threads)), checked, threads)


def _read(chosen: Chosen, memory: npt.NDArray[Any], drop_axes: tuple[int, ...], part: Part) -> bool:
    try:
        _read_stored(chosen, memory, drop_axes, part)
    except ChunkNotFoundError:
        if chosen.missing == "raise":
            raise
        memory[part.where] = part.document.fill_element.reshape(())
        return False
    return True


def _read_stored(
    chosen: Chosen, memory: npt.NDArray[Any], drop_axes: tuple[int, ...], part: Part
) -> None:
    document, location, selection, where = part
    backend, options, _ = chosen
    place = _view(memory, where)
    if (
        place is not None
        and type(place) is np.ndarray
        and place.shape == selection.shape
        and place.dtype == document.dtype
    ):
        dispatch.read_region(backend, document, location, selection, place, options, detached=True)
        return
    found = dispatch.read_region(
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
    backend, options, _ = chosen
    dispatch.write_region(backend, document, location, selection, value, options, detached=True)


def _view(memory: npt.NDArray[Any], where: Any) -> npt.NDArray[Any] | None:
    """Return a view of the place in `memory`; `None` if an index makes a copy."""
    items = where if isinstance(where, tuple) else (where,)
    if not all(isinstance(item, (int, np.integer, slice, EllipsisType)) for item in items):
        return None
    # With an ellipsis, an index of only integers gives a view as well.
    place: npt.NDArray[Any] = memory[items if Ellipsis in items else (*items, Ellipsis)]
    return place
