"""The cells of the table: one kind of work on one layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np

from bench.layouts import Layout
from bench.peer import Index, Peer, Selection, Values, chunk_region

type Shape = tuple[int, ...]
type Place = Selection | Index
type Kind = Literal["element", "chunk", "region", "write new", "write part"]

SMALL_CHUNKS = {"16 KiB": (64, 128), "64 KiB": (128, 256), "1 MiB": (512, 1024)}
EVERYTHING = (slice(None),) * 3


@dataclass(frozen=True)
class Cell:
    """One row of the table; the places are visited in turn, so that no single one is favoured."""

    name: str
    kind: Kind
    layout: Layout
    places: tuple[Place, ...]

    @property
    def writes(self) -> bool:
        """Whether the cell changes what is stored."""
        return self.kind in ("write new", "write part")

    def reader(self, peer: Peer) -> Callable[[Any], Any]:
        """Return the call to time, bound once, so that choosing it costs nothing."""
        return peer.read_chunk if self.kind == "chunk" else peer.read

    def expected(self, place: Place) -> Values:
        """Return what a read of this place gives, from the data that was stored."""
        if self.kind == "chunk":
            place = chunk_region(place, self.layout.shard or self.layout.chunk)
        return np.asarray(self.layout.data()[place])


def cells(*, quick: bool) -> Iterator[Cell]:
    """Yield the rows of the table; a quick run has less data, and writes fewer arrays."""
    for size, chunk in SMALL_CHUNKS.items():
        for codec in ("raw", "zstd", "blosc", "gzip"):
            layout = Layout((4 * chunk[0], 4 * chunk[1]), chunk, codec)
            indices = tuple((row, column) for row in range(4) for column in (1, 2))
            yield Cell(f"chunk, {size} {codec}", "chunk", layout, indices)
            if codec != "gzip":
                points = tuple((i * chunk[0] + 7, j * chunk[1] + 5) for i, j in indices)
                yield Cell(f"element, {size} {codec}", "element", layout, points)
    shape = (256, 256, 256) if quick else (512, 512, 256)
    for codec, layout in large_layouts(shape).items():
        yield from large_reads(layout, codec)
    # Smaller than what is read: each round deletes and makes the files of every peer anew.
    shape = (128, 256, 128) if quick else (256, 256, 256)
    for codec, layout in large_layouts(shape).items():
        if not quick or codec in ("raw", "sharded zstd"):
            yield from large_writes(layout, codec)


def large_layouts(shape: Shape) -> dict[str, Layout]:
    """Return an array in chunks of 1 MiB, or in shards of 4 MiB with subchunks of 64 KiB."""
    chunk = (128, 64, 64)
    return {
        "raw": Layout(shape, chunk, "raw"),
        "zstd": Layout(shape, chunk, "zstd"),
        "blosc": Layout(shape, chunk, "blosc"),
        "sharded zstd": Layout(shape, (32, 32, 32), "zstd", shard=(128, 128, 128)),
    }


def large_reads(layout: Layout, codec: str) -> Iterator[Cell]:
    """Yield the whole array, a box that fits no chunk on any side, and steps."""
    box = tuple(slice(n // 8 + 3, n // 8 + 3 + 3 * n // 4) for n in layout.shape)
    steps = (slice(1, None, 3),) * 3
    yield Cell(f"whole, {mebibytes(layout)}, {codec}", "region", layout, (EVERYTHING,))
    yield Cell(f"box of 3/4 per axis, {codec}", "region", layout, (box,))
    yield Cell(f"every third per axis, {codec}", "region", layout, (steps,))


def large_writes(layout: Layout, codec: str) -> Iterator[Cell]:
    """Yield a new array, and a box that changes a part of each chunk at its surface."""
    box = tuple(slice(n // 4 + 5, n // 2 + 9) for n in layout.shape)
    yield Cell(f"write new, {mebibytes(layout)}, {codec}", "write new", layout, (EVERYTHING,))
    yield Cell(f"write a box of 1/4 per axis, {codec}", "write part", layout, (box,))


def mebibytes(layout: Layout) -> str:
    """Return the decoded size."""
    return f"{2 * prod(layout.shape) >> 20} MiB"
