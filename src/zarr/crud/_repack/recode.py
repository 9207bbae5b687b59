"""Elements decoded and encoded again, block by block."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._regions import write_region
from zarr.crud._repack.done import Done
from zarr.crud._repack.present import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._repack.ends import Ends
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index
    from zarr.crud.backends.policy import Engine

type Region = tuple[slice, ...]


def recoder(
    plan: ArrayPlan, ends: Ends, there: Container[str], engine: Engine, options: Options
) -> Callable[[Index], Done]:
    """Return a function that re-encodes a block, given its place among the blocks."""
    name = name_writer(plan.target)
    target = ends.target
    # Elsewhere the option says how many requests are made at a time.
    few = replace(options, concurrency=plan.codec_threads)
    source = Reader(plan, ends.source, engine, options if ends.source_folder is None else few)
    options_to_write = options if ends.target_folder is None else few

    def recode(index: Index) -> Done:
        region = region_of(index, plan)
        chunks = list(chunks_in(region, plan.target))
        names = [name(at) for at in chunks]
        if names and all(each in there for each in names):
            return Done(there=len(names))
        shifted = tuple(
            slice(part.start + start, part.stop + start)
            for part, start in zip(region, plan.origin, strict=True)
        )
        values = source.read(shifted, list(_stored_in(plan, region)))
        for part in _parts(plan, region, chunks, options):
            # With `...` the only element of an array of rank 0 stays an array.
            within: Any = (*_within(part, region), ...)
            write_region(
                plan.target,
                target.store,
                part,
                values[within],
                path=target.path,
                engine=engine,
                options=options_to_write,
                detached=True,
            )
        return Done(written=len(chunks), nbytes=values.nbytes)

    return recode


def region_of(index: Index, plan: ArrayPlan) -> Region:
    """Return the elements of a block of the target; without blocks, of one of its chunks."""
    shape, grid = plan.target.shape, plan.target.chunk_grid
    if plan.block is None:
        extents = zip(grid.axes, index, grid.chunk_shape(index), shape, strict=True)
        return tuple(
            slice(axis.starts[at], min(axis.starts[at] + n, length))
            for axis, at, n, length in extents
        )
    axes = zip(index, plan.block, shape, strict=True)
    return tuple(slice(at * n, min((at + 1) * n, length)) for at, n, length in axes)


def chunks_in(region: Region, document: Document) -> Iterator[Index]:
    """Return the chunks of an array that a region meets."""
    axes = zip(document.chunk_grid.axes, region, strict=True)
    ranges = [
        range(int(axis.chunk_of(part.start)), int(axis.chunk_of(part.stop - 1)) + 1)
        for axis, part in axes
    ]
    return product(*ranges)


def _parts(
    plan: ArrayPlan, region: Region, chunks: list[Index], options: Options
) -> Iterator[Region]:
    """The parts of a block to write: all of it, unless empty chunks are stored.

    Those of which nothing is stored in the source stay missing.
    """
    if not options.write_empty_chunks:
        yield region
        return
    grid = plan.target.chunk_grid
    parts = []
    for index in chunks:
        shape = grid.chunk_shape(index)
        starts = [axis.starts[at] for axis, at in zip(grid.axes, index, strict=True)]
        part = tuple(
            slice(start, min(start + n, r.stop))
            for start, n, r in zip(starts, shape, region, strict=True)
        )
        if any_stored(plan, part):
            parts.append(part)
    yield from [region] if len(parts) == len(chunks) else parts


def any_stored(plan: ArrayPlan, part: Region) -> bool:
    """Return whether any stored value of the source has elements of a part of the target."""
    return next(_stored_in(plan, part), None) is not None


def names_of(plan: ArrayPlan) -> Iterator[str]:
    """Yield the names of all values of the target that the units of a plan may store."""
    write = name_writer(plan.target)
    for index in values_met(plan, plan.units) if plan.of_source else ():
        yield from (write(chunk) for chunk in chunks_in(_of_value(plan, index), plan.target))
    for index in () if plan.of_source else plan.units:
        yield from (write(chunk) for chunk in chunks_in(region_of(index, plan), plan.target))


def _of_value(plan: ArrayPlan, index: Index) -> Region:
    """Return the elements of the target that a stored value of the source has."""
    grid = plan.source.chunk_grid
    axes = zip(
        *(grid.axes, index, grid.chunk_shape(index), plan.origin, plan.target.shape), strict=True
    )
    return tuple(
        slice(max(axis.starts[at] - o, 0), min(axis.starts[at] + n - o, length))
        for axis, at, n, o, length in axes
    )


def values_met(plan: ArrayPlan, units: Iterable[Index]) -> Iterator[Index]:
    """Yield the stored values of the source that units of the work need, each once or more."""
    if plan.of_source:
        yield from units
        return
    for index in units:
        region = region_of(index, plan)
        yield from _stored_in(plan, region)


def _stored_in(plan: ArrayPlan, part: Region) -> Iterator[Index]:
    ranges = [
        range(
            int(axis.chunk_of(r.start + start)),
            int(axis.chunk_of(max(r.start, r.stop - 1) + start)) + 1,
        )
        for axis, r, start in zip(plan.source.chunk_grid.axes, part, plan.origin, strict=True)
    ]
    return (index for index in product(*ranges) if index in plan.stored)


def _within(part: Region, region: Region) -> Region:
    return tuple(
        slice(p.start - r.start, p.stop - r.start) for p, r in zip(part, region, strict=True)
    )
