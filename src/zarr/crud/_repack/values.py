"""Stored values moved as they are: nothing is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._repack.done import Done
from zarr.crud._stores.assembled_files import copy_file
from zarr.crud._stores.location import get, put
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from zarr.crud._repack.ends import Ends
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index


def value_mover(plan: ArrayPlan, ends: Ends, there: Container[str]) -> Callable[[Index], Done]:
    """Return a function that moves the value of a chunk, given its index in the source."""
    source_name, target_name = name_writer(plan.source), name_writer(plan.target)
    shift = _shift(plan)
    copies_files = ends.source_folder is not None and ends.target_folder is not None

    source_start = f"{ends.source_folder}/{ends.source.key('')}"
    target_start = f"{ends.target_folder}/{ends.target.key('')}"

    def move(index: Index) -> Done:
        name = target_name(shift(index))
        if name in there:
            return Done(there=1)
        index_name = source_name(index)
        key = ends.source.key(index_name)
        if copies_files:
            size = copy_file(
                source_start + index_name,
                target_start + name,
                fsync=ends.fsync,
            )
        else:
            value = get(ends.source.store, key)
            size = None if value is None else len(value)
            if value is not None:
                put(ends.target.store, ends.target.key(name), value, fsync=ends.fsync)
        if size is None:
            raise vanished(key)
        return Done(written=1, nbytes=size)

    return move


def _shift(plan: ArrayPlan) -> Callable[[Index], Index]:
    shape = plan.source.chunk_shape
    if shape is None or not any(plan.origin):
        return lambda index: index
    first = [start // n for start, n in zip(plan.origin, shape, strict=True)]
    return lambda index: tuple(at - n for at, n in zip(index, first, strict=True))


def vanished(key: str) -> ChunkNotFoundError:
    """The error for a chunk that was there when the repack was planned."""
    return ChunkNotFoundError(
        f"the chunk {key!r} was deleted from the source during the repack; plan it again"
    )
