"""Stored values moved as they are: nothing is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._repack.done import Done
from zarr.crud._stores.assembled_files import FilePiece
from zarr.crud._stores.file_locks import ABSENT
from zarr.crud._stores.location import get, put
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from zarr.crud._repack.ends import Ends
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index
    from zarr.crud._stores.assembled_files import NewFile


def value_mover(plan: ArrayPlan, ends: Ends, there: Container[str]) -> Callable[[Index], Done]:
    """Return a function that moves the value of a chunk, given its index in the source."""
    move_files = file_mover(plan, ends, there)
    if move_files is not None:
        return lambda index: _of(move_files([index])[0])
    source_name, target_name = name_writer(plan.source), name_writer(plan.target)
    shift = _shift(plan)

    def move(index: Index) -> Done:
        name = target_name(shift(index))
        if name in there:
            return Done(there=1)
        key = ends.source.key(source_name(index))
        value = get(ends.source.store, key)
        if value is None:
            raise vanished(key)
        put(ends.target.store, ends.target.key(name), value, fsync=ends.fsync)
        return Done(written=1, nbytes=len(value))

    return move


def _of(done: Done | Exception) -> Done:
    if isinstance(done, Exception):
        raise done
    return done


def file_mover(
    plan: ArrayPlan, ends: Ends, there: Container[str]
) -> Callable[[Sequence[Index]], list[Done | Exception]] | None:
    """Return a function that moves the files of some chunks; `None` unless both ends have files.

    It ends after the first that fails, with the error as the last item.
    """
    if ends.source_folder is None or ends.target_folder is None:
        return None
    source_name, target_name = name_writer(plan.source), name_writer(plan.target)
    shift, from_start, to_start = _shift(plan), ends.source_start, ends.target_start

    def move(indices: Sequence[Index]) -> list[Done | Exception]:
        names = [target_name(shift(index)) for index in indices]
        moved = [at for at, name in enumerate(names) if name not in there]
        found: list[Done | Exception] = [Done(there=1)] * len(indices)
        sources = [source_name(indices[at]) for at in moved]
        files: list[NewFile] = [
            (to_start + names[at], [FilePiece(from_start + source, 0, None)])
            for at, source in zip(moved, sources, strict=True)
        ]
        stored = ends.store_files(files) if files else ()
        for at, source, one in zip(moved, sources, stored, strict=False):
            if isinstance(one, Exception):
                is_absent = isinstance(one, ABSENT) and one.filename == from_start + source
                return [*found[:at], vanished(ends.source.key(source)) if is_absent else one]
            found[at] = Done(written=1, nbytes=one)
        return found

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
