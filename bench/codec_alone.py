"""The codec library alone: what a compressed cell costs without files, shards, plans and copies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, lru_cache
from itertools import product
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numcodecs import Blosc, GZip, Zstd  # type: ignore[import-untyped]

from bench.layouts import Data, Layout
from bench.peer import Index, chunk_region

if TYPE_CHECKING:
    from bench.cells import Cell

NAME: Final = "codec alone"

LIBRARIES: Final[dict[str, Any]] = {
    "zstd": Zstd(level=3),
    "blosc": Blosc(cname="lz4", clevel=5, shuffle=Blosc.SHUFFLE),
    "gzip": GZip(level=5),
}

CORES: Final = os.cpu_count() or 1

# A single chunk takes little time, so it is repeated until passing it to a thread does not count.
REPEATS: Final = 50

type Job = tuple[bytes | None, Data | None]
"""What is decoded, and what is encoded."""


def codec_sample(cell: Cell) -> Callable[[], float] | None:
    """Return a function that times a cell's codec work on all cores, or `None` for raw arrays."""
    layout = cell.layout
    if layout.codec not in LIBRARIES:
        return None
    codec, jobs = LIBRARIES[layout.codec], list(codec_jobs(cell))
    parts = [jobs[first::CORES] for first in range(CORES)] if len(jobs) > 1 else [jobs * REPEATS]

    def run(part: list[Job]) -> None:
        out = np.empty(layout.chunk, np.uint16)
        for stored, value in part:
            if stored is not None:
                codec.decode(stored, out)
            if value is not None:
                codec.encode(value)

    def sample() -> float:
        began = perf_counter()
        for _ in _threads().map(run, parts):
            pass
        return (perf_counter() - began) / (REPEATS if len(jobs) == 1 else 1)

    return sample


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CORES)


def codec_jobs(cell: Cell) -> Iterator[Job]:
    """Yield what to decode and encode for each chunk (or subchunk) of a cell."""
    layout = _afterwards(cell)
    for index, covered in touched(cell).items():
        stored = None if cell.writes and covered else encoded(layout, index)
        yield stored, block(layout, index) if cell.writes else None


def touched(cell: Cell) -> dict[Index, bool]:
    """Return the chunks (or subchunks) that a cell touches, and whether it covers each."""
    shape, chunk = _afterwards(cell).shape, cell.layout.chunk
    place: Any = cell.places[0]
    if cell.kind == "chunk":
        return {place: True}
    if cell.kind == "points":
        numbers = [at // c for at, c in zip(place, chunk, strict=True)]
        return dict.fromkeys(zip(*numbers, strict=True), False)
    if cell.kind == "append":
        place = (slice(cell.layout.shape[0], None),)
    place = (*place, *[slice(None)] * (len(shape) - len(place)))
    axes = [_along(at, n, c) for at, n, c in zip(place, shape, chunk, strict=True)]
    return {
        tuple(number for number, _ in cells): all(covered for _, covered in cells)
        for cells in product(*axes)
    }


def _afterwards(cell: Cell) -> Layout:
    """The layout after the work: an append makes the array longer."""
    if cell.kind != "append":
        return cell.layout
    return replace(cell.layout, shape=cell.after(cell.written()).shape)


def _along(at: Any, length: int, extent: int) -> list[tuple[int, bool]]:
    """Return the touched chunks along an axis, and whether each is covered."""
    if not isinstance(at, slice):
        return [(int(number), False) for number in np.unique(np.atleast_1d(at) // extent)]
    start, stop, step = at.indices(length)
    return [
        (
            number,
            step == 1 and start <= number * extent and stop >= min((number + 1) * extent, length),
        )
        for number in range(start // extent, -(-stop // extent))
    ]


def block(layout: Layout, index: Index) -> Data:
    """Return a chunk of the array's data, in its nominal shape."""
    found = np.zeros(layout.chunk, np.uint16)
    part = layout.data()[chunk_region(index, layout.chunk)]
    found[tuple(map(slice, part.shape))] = part
    return found


@lru_cache(maxsize=4096)
def encoded(layout: Layout, index: Index) -> bytes:
    """Return a chunk as the library encodes it."""
    return bytes(LIBRARIES[layout.codec].encode(block(layout, index)))
