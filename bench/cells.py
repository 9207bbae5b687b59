"""The cells of the table: one kind of work on one layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Literal

import numpy as np

from bench.layouts import Layout, terrain
from bench.peer import Index, Peer, Selection, Values, chunk_region

type Shape = tuple[int, ...]
type Place = Selection | Index | tuple[Values, ...]
type Kind = Literal[
    "element",
    "chunk",
    "region",
    "again",
    "into",
    "rows",
    "points",
    "take",
    "write new",
    "write part",
    "append",
]

SMALL_CHUNKS = {"16 KiB": (64, 128), "64 KiB": (128, 256), "1 MiB": (512, 1024)}
# Length of the runs of a list, as of the rows of a sparse matrix.
RUN = 1450

EVERYTHING = (slice(None),) * 3

# The appended elements do not start at the edge of a chunk.
APPENDED = 100


@dataclass(frozen=True)
class Cell:
    """One row of the table; the places are visited in turn, so that none of them is favored."""

    name: str
    kind: Kind
    layout: Layout
    places: tuple[Place, ...]
    in_memory: bool = False

    @property
    def writes(self) -> bool:
        """Whether the cell changes what is stored."""
        return self.kind in ("write new", "write part", "append")

    def reader(self, peer: Peer) -> Callable[[Any], Any]:
        """Return the call to time, bound once, so that choosing it costs nothing."""
        if self.kind == "into":
            out = np.empty(self.expected(self.places[0]).shape, np.uint16)
            return lambda place: peer.read_into(place, out)
        calls: dict[Kind, Callable[[Any], Any]] = {
            "chunk": peer.read_chunk,
            "element": peer.read_again,
            "again": peer.read_again,
            "rows": peer.read_rows,
            "points": peer.read_points,
            "take": lambda place: peer.read((slice(None),) * len(place))[place],
        }
        return calls.get(self.kind, peer.read)

    def write(self, peer: Peer, value: Values) -> None:
        """Do the work to time."""
        if self.kind == "append":
            peer.append(value)
        else:
            place: Any = self.places[0]
            peer.write(place, value)

    def expected(self, place: Any) -> Values:
        """Return what a read of this place must give, from the stored data."""
        if self.kind == "chunk":
            place = chunk_region(place, self.layout.shard or self.layout.chunk)
        return np.asarray(self.layout.data()[place])

    def written(self) -> Values:
        """Return the values to write, which differ from the stored ones."""
        if self.kind == "append":
            return terrain((APPENDED, *self.layout.shape[1:]))
        return self.expected(self.places[0]) ^ np.uint16(1)

    def after(self, value: Values) -> Values:
        """Return the content of the whole array after the work."""
        if self.kind == "append":
            return np.concatenate([self.layout.data(), value])
        data = self.layout.data().copy()
        data[self.places[0]] = value
        return data


def cells(*, quick: bool) -> Iterator[Cell]:
    """Yield the rows of the table; a quick run has less data, and writes fewer arrays."""
    for size, chunk in SMALL_CHUNKS.items():
        for codec in ("raw", "zstd", "blosc", "gzip"):
            yield from small_reads(size, chunk, codec)
    shape = (256, 256, 256) if quick else (512, 512, 256)
    for codec, layout in large_layouts(shape).items():
        yield from large_reads(layout, codec)
    for codec, layout in long_layouts(1 << (22 if quick else 24)).items():
        yield from list_reads(layout, codec)
    # Smaller than for reads: each round deletes and creates the files of every peer again.
    shape = (128, 256, 128) if quick else (256, 256, 256)
    for codec, layout in large_layouts(shape).items():
        if not quick or codec in ("raw", "sharded zstd"):
            yield from large_writes(layout, codec)
    for codec in ("raw",) if quick else ("raw", "zstd", "blosc"):
        yield from small_writes(Layout((512, 1024), SMALL_CHUNKS["16 KiB"], codec), codec)
    shape = (128, 256, 128) if quick else (256, 256, 256)
    for codec, layout in large_layouts(shape).items():
        yield from reads_in_memory(layout, codec)


def small_reads(size: str, chunk: Shape, codec: str) -> Iterator[Cell]:
    """Yield reads of a chunk, and of an element in it."""
    layout = Layout((4 * chunk[0], 4 * chunk[1]), chunk, codec)
    indices = tuple((row, column) for row in range(4) for column in (1, 2))
    yield Cell(f"chunk, {size} {codec}", "chunk", layout, indices)
    points = tuple((i * chunk[0] + 7, j * chunk[1] + 5) for i, j in indices)
    yield Cell(f"element, {size} {codec}", "element", layout, points)


def large_layouts(shape: Shape) -> dict[str, Layout]:
    """Return layouts with chunks of 1 MiB, and with shards of 4 MiB and subchunks of 64 KiB."""
    chunk = (128, 64, 64)
    return {
        "raw": Layout(shape, chunk, "raw"),
        "zstd": Layout(shape, chunk, "zstd"),
        "blosc": Layout(shape, chunk, "blosc"),
        "sharded zstd": Layout(shape, (32, 32, 32), "zstd", shard=(128, 128, 128)),
    }


def large_reads(layout: Layout, codec: str) -> Iterator[Cell]:
    """Yield reads of a whole array, a box that fits no chunk on any side, planes, steps, lists."""
    box = tuple(slice(n // 8 + 3, n // 8 + 3 + 3 * n // 4) for n in layout.shape)
    steps = (slice(1, None, 3),) * 3
    rows, columns, layers = layout.shape
    random = np.random.default_rng(20260102)
    listed = (np.sort(random.choice(rows, 40, replace=False)),)
    points = tuple(random.integers(0, n, 2000) for n in layout.shape)
    whole = f"whole, {mebibytes(layout)}"
    yield Cell(f"{whole}, {codec}", "region", layout, (EVERYTHING,))
    yield Cell(f"{whole}, in a loop, {codec}", "again", layout, (EVERYTHING,))
    yield Cell(f"{whole}, into an array, {codec}", "into", layout, (EVERYTHING,))
    yield Cell(f"box of 3/4 per axis, {codec}", "region", layout, (box,))
    first = (rows // 3, slice(None), slice(None))
    last = (slice(None), slice(None), layers // 3)
    middle = (slice(None), columns // 3, slice(None))
    for name, plane in (("first", first), ("middle", middle), ("last", last)):
        yield Cell(f"plane across the {name} axis, {codec}", "region", layout, (plane,))
    yield Cell(f"every third per axis, {codec}", "region", layout, (steps,))
    yield Cell(f"40 rows, {codec}", "rows", layout, (listed,))
    yield Cell(f"2,000 points, {codec}", "points", layout, (points,))


def long_layouts(length: int) -> dict[str, Layout]:
    """Return layouts of one axis, with chunks of 128 KiB; ten of them in a shard."""
    chunk = (1 << 16,)
    return {
        "raw": Layout((length,), chunk, "raw"),
        "zstd": Layout((length,), chunk, "zstd"),
        "sharded zstd": Layout((length,), chunk, "zstd", shard=(10 * chunk[0],)),
    }


def list_reads(layout: Layout, codec: str) -> Iterator[Cell]:
    """Yield reads by lists on one axis: runs, the same shuffled, few, and by reading it whole."""
    (length,) = layout.shape
    random = np.random.default_rng(20260103)
    starts = np.sort(random.choice(length // RUN, length // RUN // 3, replace=False)) * RUN
    runs = (starts[:, None] + np.arange(RUN)).reshape(-1)
    few = np.sort(random.choice(length, length // 100, replace=False))
    for name, positions in (("runs", runs), ("runs shuffled", random.permutation(runs))):
        yield Cell(f"1/3 in {name}, whole + take, {codec}", "take", layout, ((positions,),))
        yield Cell(f"1/3 in {name}, as points, {codec}", "points", layout, ((positions,),))
        yield Cell(f"1/3 in {name}, as a list, {codec}", "rows", layout, ((positions,),))
    for name, positions in (("in order", few), ("shuffled", random.permutation(few))):
        yield Cell(f"1% {name}, as points, {codec}", "points", layout, ((positions,),))


def large_writes(layout: Layout, codec: str) -> Iterator[Cell]:
    """Yield writes of a new array, the same again, a box with parts of chunks, and an append."""
    box = tuple(slice(n // 4 + 5, n // 2 + 9) for n in layout.shape)
    size = mebibytes(layout)
    yield Cell(f"write new, {size}, {codec}", "write new", layout, (EVERYTHING,))
    yield Cell(f"write over, {size}, {codec}", "write part", layout, (EVERYTHING,))
    yield Cell(f"write a box of 1/4 per axis, {codec}", "write part", layout, (box,))
    shorter = replace(layout, shape=(layout.shape[0] - 56, *layout.shape[1:]))
    yield Cell(f"append {APPENDED} planes, {codec}", "append", shorter, (EVERYTHING,))


def small_writes(layout: Layout, codec: str) -> Iterator[Cell]:
    """Yield writes of many small files: new ones, and the same again."""
    everything = EVERYTHING[: len(layout.shape)]
    name = f"{mebibytes(layout)} in chunks of 16 KiB, {codec}"
    yield Cell(f"write new, {name}", "write new", layout, (everything,))
    yield Cell(f"write over, {name}", "write part", layout, (everything,))


def reads_in_memory(layout: Layout, codec: str) -> Iterator[Cell]:
    """Yield some of the other rows, with a store in Python."""
    chosen = list(large_reads(layout, codec)) + [
        cell for cell in large_writes(layout, codec) if cell.kind == "write part"
    ]
    if layout.shard is None:
        chosen += small_reads("16 KiB", SMALL_CHUNKS["16 KiB"], codec)
    for cell in chosen:
        if cell.kind not in ("again", "into"):
            yield replace(cell, name=f"in memory: {cell.name}", in_memory=True)


def mebibytes(layout: Layout) -> str:
    """Return the decoded size."""
    return f"{2 * prod(layout.shape) >> 20} MiB"
