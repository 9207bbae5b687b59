"""The rows of the table: one kind of work on one layout, and what ours must reach."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from math import prod
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from bench.remote.layouts import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.peer import Values

type Kind = Literal["read", "read again", "points", "write"]

EVERYTHING: Final = (slice(None), slice(None))

ELSEWHERE: Final = 1.1
"""Must be reached with other latencies and over other stores: a fraction of the best peer."""

ALONE: Final = 1.5
"""Must be reached without codecs: a fraction of the time of the requests alone."""


@dataclass(frozen=True)
class Cell:
    """One row."""

    name: str
    kind: Kind
    layout: Layout
    where: Any
    ratio: float
    """Must be reached at the longest latency: a fraction of the best peer."""

    requests: int | None = None
    """Most requests."""

    whole: bool = False
    """Whether every key is read or written once, so that the requests alone can be timed."""

    def expected(self) -> Values:
        """Return what a read must give."""
        return np.asarray(self.layout.data()[self.where])

    def values(self) -> Iterator[Values]:
        """Return values to write in turn, so that every write changes every element."""
        value = self.expected()
        return (value + np.float32(number) for number in count(1))

    def after(self, value: Values) -> Values:
        """Return the whole array after a write."""
        data = self.layout.data().copy()
        data[self.where] = value
        return data


class Sizes:
    """An array of 32-bit floats, with chunks and subchunks that fit it."""

    def __init__(self, *, quick: bool = False) -> None:
        rows, columns = self.shape = (1024, 1024) if quick else (4096, 4096)
        self.small = (rows // 32, columns // 32)
        self.large = (rows // 8, columns // 8)
        self.shard = (rows // 2, columns // 4)

    def layouts(self) -> dict[str, Layout]:
        """Return the layouts by name."""
        return {
            "small": Layout(self.shape, self.small, "raw"),
            "large": Layout(self.shape, self.large, "raw"),
            "shards": Layout(self.shape, self.small, "zstd", shard=self.shard),
        }


def cells(*, quick: bool = False) -> Iterator[Cell]:
    """Yield the rows; a quick run has less data."""
    sizes = Sizes(quick=quick)
    rows, columns = sizes.shape
    small, large, shards = sizes.layouts().values()
    one = (slice(sizes.small[0], 2 * sizes.small[0]), slice(sizes.small[1], 2 * sizes.small[1]))
    # A quarter of the array, with no edge on one of a subchunk.
    box = (slice(rows // 4 - 5, 3 * rows // 4 - 9), slice(columns // 4 - 3, 3 * columns // 4 - 7))
    corner = (slice(100, rows // 4 + 100), slice(100, columns // 4 + 100))
    random = np.random.default_rng(20261129)
    points = tuple(random.integers(0, length, 2000) for length in sizes.shape)
    yield Cell(
        f"whole, {size(sizes.small)} chunks", "read", small, EVERYTHING, 0.5, 1024, whole=True
    )
    yield Cell(f"whole, {size(sizes.large)} chunks", "read", large, EVERYTHING, 0.8, 64, whole=True)
    yield Cell("a subchunk", "read", shards, one, 1.05, 2)
    yield Cell("a subchunk, again", "read again", shards, one, 1.05, 1)
    yield Cell("box in shards", "read", shards, box, 1.0)
    yield Cell("2,000 points in shards", "points", shards, points, 0.4)
    yield Cell("whole shards", "read", shards, EVERYTHING, 0.75, 8, whole=True)
    name = f"write, {size(sizes.large)} chunks"
    yield Cell(name, "write", large, EVERYTHING, 0.6, 64, whole=True)
    yield Cell("write parts of shards", "write", shards, corner, 0.75, 4)


def size(chunk: tuple[int, ...]) -> str:
    """Return the decoded size of a chunk."""
    kibibytes = 4 * prod(chunk) >> 10
    return f"{kibibytes} KiB" if kibibytes < 1024 else f"{kibibytes >> 10} MiB"
