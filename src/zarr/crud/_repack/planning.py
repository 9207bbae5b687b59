"""The plan for one array: its target document, its way, and what that costs."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._document.cache import as_document
from zarr.crud._document.shards import subchunk_shape
from zarr.crud._errors import DecodedSizeError
from zarr.crud._repack.blocks import Axis, blocks_of
from zarr.crud._repack.fills import check_fill
from zarr.crud._repack.limits import VARIABLE, itemsize_of
from zarr.crud._repack.plan_of_array import ArrayPlan
from zarr.crud._repack.shards import Shards
from zarr.crud._repack.stored import chunks_among
from zarr.crud._repack.unknown_members import not_kept
from zarr.crud._repack.wanted import target_members
from zarr.crud._repack.ways import Case, way_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.crud._document.document import Document
    from zarr.crud._repack.limits import Limits
    from zarr.crud._repack.plan_of_array import Index
    from zarr.crud._repack.stored import Sizes
    from zarr.crud._repack.wanted import Wanted
    from zarr.crud._repack.ways import Way

type Region = tuple[slice, ...] | None

_BUFFERS: Final = 3
"""How many buffers of the size of a chunk a thread holds that decodes and encodes: for what it
reads, for elements, and for what it stores."""

_CALLERS: Final = 2
"""How many threads read and write blocks: while one waits for the store, the other has codecs
run."""


def plan_array(
    path: str,
    source: Document,
    names: Sizes,
    wanted: Wanted,
    limits: Limits,
    *,
    region: Region = None,
    compact: bool = False,
) -> ArrayPlan:
    """Return the plan for an array, of which these keys are stored."""
    members = target_members(source, wanted)
    origin = (0,) * len(source.shape)
    if region is not None:
        origin = tuple(part.start for part in region)
        members["shape"] = [part.stop - part.start for part in region]
    target = as_document(members)
    check_fill(source, target)
    case = Case(source, target, origin)
    way = way_of(case, compact=compact)
    way = way._replace(reason=f"{way.reason} {not_kept(source, target)}".strip())
    stored = _within(case, chunks_among(source, names))
    make = {"values": _of_values, "pieces": _of_pieces, "elements": of_elements}[way.mode]
    plan = make(path, case, way, stored, limits)
    return replace(plan, compact=compact)


def _within(case: Case, stored: dict[Index, int | None]) -> dict[Index, int | None]:
    """Return the stored values that have elements of the target."""
    if case.is_whole:
        return stored
    grid = case.source.chunk_grid

    def has_any(index: Index) -> bool:
        axes = zip(
            grid.axes, index, grid.chunk_shape(index), case.origin, case.target.shape, strict=True
        )
        return all(
            axis.starts[at] < start + length and axis.starts[at] + n > start
            for axis, at, n, start, length in axes
        )

    return {index: size for index, size in stored.items() if has_any(index)}


def _moved(stored: dict[Index, int | None]) -> int | None:
    sizes = [size for size in stored.values() if size is not None]
    return sum(sizes) if len(sizes) == len(stored) else None


def _largest(case: Case, stored: dict[Index, int | None]) -> int:
    """The size of the largest stored value, or what its elements take if it is not known."""
    decoded = math.prod(case.source.chunk_grid.largest) * itemsize_of(case.source)
    return max((decoded if size is None else size for size in stored.values()), default=0)


def _of_values(
    path: str, case: Case, way: Way, stored: dict[Index, int | None], limits: Limits
) -> ArrayPlan:
    nbytes = limits.buffer or _largest(case, stored)
    return _made(path, case, way, stored, limits, nbytes, tuple(stored), 2 * len(stored))


def _made(
    path: str,
    case: Case,
    way: Way,
    stored: dict[Index, int | None],
    limits: Limits,
    nbytes: int,
    units: tuple[Index, ...],
    requests: int,
) -> ArrayPlan:
    limits.check(path, nbytes)
    threads = limits.threads(nbytes)
    return ArrayPlan(
        path=path,
        way=way.name,
        reason=way.reason,
        source=case.source,
        target=case.target,
        chunks=len(stored),
        bytes_moved=_moved(stored),
        bytes_decoded=0,
        peak_memory=min(threads, max(1, len(units))) * nbytes,
        requests=requests,
        mode=way.mode,
        origin=case.origin,
        units=units,
        stored=stored,
        threads=threads,
    )


def _of_pieces(
    path: str, case: Case, way: Way, stored: dict[Index, int | None], limits: Limits
) -> ArrayPlan:
    source, target = Shards.of(case.source), Shards.of(case.target)
    largest = _largest(case, stored)
    is_raw = source.piece.checksums == target.piece.checksums
    if not target.piece.is_sharded:
        units, values = tuple(stored), _pieces(source)
    else:
        units, values = _shards_of(case, stored), _pieces(target)
    nbytes = values * VARIABLE + limits.buffer
    if not (limits.are_folders and is_raw):
        nbytes += max(largest, _pieces(target) * max(1, largest // _pieces(source)))
    # Of a shard the index and the subchunks are asked for apart.
    reads = len(stored) * (2 if source.piece.is_sharded else 1)
    writes = len(units) if target.piece.is_sharded else len(stored) * values
    return _made(path, case, way, stored, limits, nbytes, units, reads + writes)


def _pieces(shards: Shards) -> int:
    largest = shards.document.chunk_grid.largest
    return math.prod(n // c for n, c in zip(largest, shards.piece.shape, strict=True))


def _shards_of(case: Case, stored: Iterable[Index]) -> tuple[Index, ...]:
    """The shards of the target in which something of the source lies."""
    return regions_met(case, stored, lambda axis, position: int(axis.chunk_of(position)))


def regions_met(case: Case, stored: Iterable[Index], place: Any) -> tuple[Index, ...]:
    """Return the parts of the target that stored values of the source meet, in order.

    `place` gives the part along an axis, of the target, that holds a position.
    """
    grid = case.source.chunk_grid
    # Axis by axis: a large grid has few places along each.
    ranges: list[dict[int, range]] = []
    axes = zip(case.target.chunk_grid.axes, grid.axes, case.origin, case.target.shape, strict=True)
    for number, (axis, of_source, start, length) in enumerate(axes):
        found: dict[int, range] = {}
        for at in {index[number] for index in stored}:
            low = max(of_source.starts[at] - start, 0)
            high = min(of_source.starts[at] + of_source.size(at) - start, length)
            found[at] = (
                range(place(axis, low), place(axis, high - 1) + 1) if high > low else range(0)
            )
        ranges.append(found)
    met: set[Index] = set()
    for index in stored:
        spans = [ranges[number][at] for number, at in enumerate(index)]
        met.update(product(*spans))
    return tuple(sorted(met))


def of_elements(
    path: str, case: Case, way: Way, stored: dict[Index, int | None], limits: Limits
) -> ArrayPlan:
    """Return the plan that reads an array block by block."""
    source, target = case.source, case.target
    size = max(itemsize_of(source), itemsize_of(target))
    unit = subchunk_shape(source.array) or source.chunk_grid.largest
    written = target.chunk_grid.largest
    held = _BUFFERS * size * max(math.prod(unit), math.prod(written))
    # Codecs run in the threads that call the backend, too.
    codecs = max(1, min(limits.processors, limits.max_memory // 2 // max(1, held) - _CALLERS))
    beside = min((codecs + _CALLERS) * held, limits.max_memory // 2)
    block, times = written, 1.0
    if target.chunk_shape is not None:
        axes = [
            Axis(n, s, t, o)
            for n, s, t, o in zip(target.shape, unit, written, case.origin, strict=True)
        ]
        found = blocks_of(axes, size, max(limits.max_memory - beside, 0) // 2)
        if found is None:
            limits.check(path, 2 * math.prod(written) * size + beside)
            raise DecodedSizeError(f"the array {path!r} cannot be repacked within max_memory")
        block, times = found
    units = _blocks_met(case, stored, block if target.chunk_shape is not None else None)
    nbytes = math.prod(block) * size + beside // 2
    decoded = round(times * sum(math.prod(source.chunk_shape_at(index)) for index in stored) * size)
    threads = _CALLERS if 2 * nbytes <= limits.max_memory and limits.processors > 1 else 1
    reason = way.reason
    if times > 1.0:
        reason += f" Chunks of the source are decoded {times:.1f} times; more memory avoids that."
    plan = _made(
        *(path, case, way._replace(reason=reason), stored, limits, nbytes, units),
        math.ceil(times * len(stored)) + math.prod(target.chunk_grid.shape),
    )
    peak = min(threads, max(1, len(units))) * nbytes
    shape = block if target.chunk_shape is not None else None
    what: Any = {"bytes_decoded": decoded, "peak_memory": peak, "block": shape}
    return replace(plan, **what, threads=threads, codec_threads=codecs, times=times)


def _blocks_met(
    case: Case, stored: Iterable[Index], block: tuple[int, ...] | None
) -> tuple[Index, ...]:
    if block is None:
        return regions_met(case, stored, lambda axis, position: int(axis.chunk_of(position)))
    lengths = {id(axis): n for axis, n in zip(case.target.chunk_grid.axes, block, strict=True)}
    return regions_met(case, stored, lambda axis, position: position // lengths[id(axis)])
