"""Parts of chunks that a backend reads into a buffer or writes from one."""

from __future__ import annotations

from functools import partial
from math import prod
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.abc.codec import GetResult
from zarr.crud._elements.values import as_value, check_result
from zarr.crud._pipelines.stored import are_stored
from zarr.crud._pipelines.threads import each, narrowed, thread_count
from zarr.crud._stores.threads import run_in_worker
from zarr.crud.backends import dispatch, many
from zarr.crud.backends.awaited import begin_region
from zarr.crud.backends.requests import RegionRead, RegionWrite, naming
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from zarr.crud._pipelines.chosen import Chosen
    from zarr.crud._pipelines.projections import Part, Projection

PRESENT: Final = GetResult(status="present")
MISSING: Final = GetResult(status="missing")


async def read_parts(
    chosen: Chosen, parts: list[Part], memory: npt.NDArray[Any], drop_axes: tuple[int, ...]
) -> tuple[GetResult, ...]:
    """Read each part into its place in `memory`, in worker threads; return which are stored.

    A chunk that is not stored reads as the fill value.
    """
    if len(parts) == 1:
        is_stored = await _read_alone(chosen, memory, drop_axes, parts[0])
        return (PRESENT if is_stored or chosen.missing == "hide" else MISSING,)
    size = sum(prod(part.selection.shape) for part in parts)
    check_result(parts[0].document, (size,), chosen.options)
    threads = _threads(chosen, parts)
    found = await each(partial(_read, narrowed(chosen, threads), memory, drop_axes), parts, threads)
    if chosen.missing == "hide":
        return (PRESENT,) * len(parts)
    return tuple(PRESENT if is_stored else MISSING for is_stored in found)


async def read_joined(
    chosen: Chosen, part: Part, memory: npt.NDArray[Any], batch: Sequence[Projection]
) -> tuple[GetResult, ...] | None:
    """Read a part that joins those of a batch, in one call of the backend.

    Returns `None` if a chunk is not stored and it must be told which, but it is not known. The
    place in `memory` may then be filled in part.
    """
    if len(batch) == 1 and chosen.missing_count is None:
        return await read_parts(chosen, [part], memory, ())
    count = chosen.missing_count
    before = 0 if count is None else count()
    try:
        await _read_awaited(chosen, memory, (), part)
    except ChunkNotFoundError:
        if chosen.missing == "raise":
            raise
        return None
    return await _told(count, before, batch)


async def read_together(
    chosen: Chosen,
    parts: Sequence[Part],
    memory: npt.NDArray[Any],
    drop_axes: tuple[int, ...],
    batch: Sequence[Projection],
) -> tuple[GetResult, ...] | None:
    """Read all parts in one call of the backend; returns `None` as `read_joined` does."""
    size = sum(prod(part.selection.shape) for part in parts)
    check_result(parts[0].document, (size,), chosen.options)
    places = [_direct(memory, part) for part in parts]
    asked = [
        (chosen.backend, RegionRead(number, part.document, part.location, part.selection, place))
        for number, (part, place) in enumerate(zip(parts, places, strict=True))
    ]
    count = chosen.missing_count
    before = 0 if count is None else count()
    try:
        with naming(batch, lambda item: repr(str(item[0]))):
            found = await run_in_worker(
                partial(many.read_regions, asked, chosen.options, detached=True)
            )
    except ChunkNotFoundError:
        if chosen.missing == "raise":
            raise
        return None
    for part, place, result in zip(parts, places, found, strict=True):
        if place is None:
            _put(memory, part, result, drop_axes)
    return await _told(count, before, batch)


async def _told(
    count: Callable[[], int] | None, before: int, batch: Sequence[Projection]
) -> tuple[GetResult, ...]:
    if count is None or count() == before:
        return (PRESENT,) * len(batch)
    # Perhaps those of another call.
    stored = await are_stored([place for place, *_ in batch])
    return tuple(PRESENT if is_stored else MISSING for is_stored in stored)


def fits(values: npt.NDArray[Any], part: Part) -> bool:
    """Return whether the place of a joined part in `values` has its shape, or they are a scalar."""
    if not values.shape:
        return True
    try:
        return bool(values[place_of(part.where)].shape == part.selection.shape)
    except IndexError:
        return False


async def write_parts(
    chosen: Chosen, parts: list[Part], values: npt.NDArray[Any], drop_axes: tuple[int, ...]
) -> None:
    """Write the elements of each part in `values`, in worker threads.

    Nothing is written if one of them does not fit.
    """
    checked = [(part, _value_of(part, values, drop_axes)) for part in parts]
    threads = _threads(chosen, parts)
    await each(partial(_write, narrowed(chosen, threads)), checked, threads)


async def write_together(
    chosen: Chosen,
    parts: Sequence[Part],
    values: npt.NDArray[Any],
    drop_axes: tuple[int, ...],
    batch: Sequence[Projection],
) -> None:
    """Write all parts in one call of the backend, which changes each chunk once."""
    checked = [(part, _value_of(part, values, drop_axes)) for part in parts]
    asked = [
        (chosen.backend, RegionWrite(number, part.document, part.location, part.selection, value))
        for number, (part, value) in enumerate(checked)
    ]
    with naming(batch, lambda item: repr(str(item[0]))):
        await run_in_worker(partial(many.write_regions, asked, chosen.options, detached=True))


def _threads(chosen: Chosen, parts: list[Part]) -> int:
    store = parts[0].location.store
    return thread_count(chosen.options, store, len(parts), chosen.at_a_time)


async def _read_alone(
    chosen: Chosen, memory: npt.NDArray[Any], drop_axes: tuple[int, ...], part: Part
) -> bool:
    try:
        await _read_awaited(chosen, memory, drop_axes, part)
    except ChunkNotFoundError:
        _fill_missing(chosen, memory, part)
        return False
    return True


async def _read_awaited(
    chosen: Chosen, memory: npt.NDArray[Any], drop_axes: tuple[int, ...], part: Part
) -> None:
    """Read a part, without a thread if the backend has an awaitable for its store."""
    place = _direct(memory, part)
    document, location, selection, _ = part
    given = (chosen.backend, document, location, selection, place, chosen.options)
    found = await begin_region(*given, detached=True).result()
    if place is None:
        _put(memory, part, found, drop_axes)


def _read(chosen: Chosen, memory: npt.NDArray[Any], drop_axes: tuple[int, ...], part: Part) -> bool:
    place = _direct(memory, part)
    document, location, selection, _ = part
    given = (chosen.backend, document, location, selection, place, chosen.options)
    try:
        found = dispatch.read_region(*given, detached=True)
    except ChunkNotFoundError:
        _fill_missing(chosen, memory, part)
        return False
    if place is None:
        _put(memory, part, found, drop_axes)
    return True


def _fill_missing(chosen: Chosen, memory: npt.NDArray[Any], part: Part) -> None:
    """Fill the place of a chunk that is not stored; raise the current error if that is one."""
    if chosen.missing == "raise":
        raise
    memory[place_of(part.where)] = part.document.fill_element.reshape(())


def _direct(memory: npt.NDArray[Any], part: Part) -> npt.NDArray[Any] | None:
    """Return the place of a part, if a backend can read into it."""
    place = _view(memory, part.where)
    fits = (
        place is not None
        and type(place) is np.ndarray
        and place.shape == part.selection.shape
        and place.dtype == part.document.dtype
    )
    return place if fits else None


def _put(
    memory: npt.NDArray[Any], part: Part, found: npt.NDArray[Any], drop_axes: tuple[int, ...]
) -> None:
    memory[place_of(part.where)] = found.squeeze(axis=drop_axes) if drop_axes else found


def _value_of(part: Part, values: npt.NDArray[Any], drop_axes: tuple[int, ...]) -> npt.NDArray[Any]:
    value: Any = values
    if values.shape:
        try:
            value = values[place_of(part.where)]
        except IndexError as err:
            raise IndexError(
                f"the size of the chunk subset {part.selection.shape} and input/output subset "
                f"{values.shape} are incompatible: {err}"
            ) from err
        if drop_axes:
            axes = range(np.ndim(value) + len(drop_axes))
            value = value[tuple(None if axis in drop_axes else slice(None) for axis in axes)]
    return as_value(value, part.document.dtype, part.selection.shape)


def _write(chosen: Chosen, part_and_value: tuple[Part, npt.NDArray[Any]]) -> None:
    (document, location, selection, _), value = part_and_value
    backend, options, *_ = chosen
    dispatch.write_region(backend, document, location, selection, value, options, detached=True)


def place_of(where: Any) -> tuple[Any, ...]:
    """Return an index of the same elements that gives an array even for one string or object."""
    items = where if isinstance(where, tuple) else (where,)
    return items if any(item is Ellipsis for item in items) else (*items, Ellipsis)


def _view(memory: npt.NDArray[Any], where: Any) -> npt.NDArray[Any] | None:
    """Return a view of the place in `memory`; `None` if an index makes a copy."""
    items = place_of(where)
    if not all(isinstance(item, (int, np.integer, slice, EllipsisType)) for item in items):
        return None
    place: npt.NDArray[Any] = memory[items]
    return place
