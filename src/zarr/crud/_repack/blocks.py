"""Blocks of elements that are re-encoded at a time: whole chunks of the target, within a bound.

A block is read and written at once. The larger it is along an axis on which the chunks of source
and target end at different places, the fewer chunks of the source are decoded more than once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WORTHWHILE: Final = 16 << 20
"""The bytes of a block up to which larger blocks are faster: they keep all processors at work."""


class Blocks(NamedTuple):
    """The blocks of an array."""

    shape: tuple[int, ...]
    """Their shape in elements; the last ones along an axis may end at the array's end."""
    times: float
    """How often a chunk of the source is decoded, on average."""


class Axis(NamedTuple):
    """An axis: its length, and the extents of chunks of source and target."""

    length: int
    source: int
    target: int
    origin: int = 0

    @property
    def full(self) -> int:
        """The whole axis, in whole chunks of the target."""
        return max(1, -(-self.length // self.target)) * self.target

    @property
    def even(self) -> int:
        """The shortest block that ends where chunks of both end, if it begins where both do."""
        return min(math.lcm(self.source, self.target), self.full)

    def times(self, block: int) -> float:
        """Return how often a chunk of the source is decoded along this axis, on average."""
        if block >= self.full or not self.length:
            return 1.0
        first, last = self.origin // self.source, -(-(self.origin + self.length) // self.source)
        if block % self.source == 0 and self.origin % self.source == 0:
            return 1.0
        # One more for each end of a block within a chunk.
        ends = -(-self.length // block) - 1
        cut = ends
        if self.origin % self.source == 0:
            # Every so many blocks, one ends where a chunk ends.
            period = self.source // math.gcd(self.source, block)
            cut = ends - ends // period
        return 1.0 + cut / (last - first)


def blocks_of(axes: Sequence[Axis], itemsize: int, most: int) -> Blocks | None:
    """Return the best blocks of at most `most` bytes; `None` if a chunk of the target is larger."""
    shape = [axis.target for axis in axes]

    def fits(extents: Sequence[int]) -> bool:
        return math.prod(extents) * itemsize <= most

    if not fits([min(n, axis.full) for n, axis in zip(shape, axes, strict=True)]):
        return None
    even = [axis.even for axis in axes]
    if fits(even):
        shape = even
    else:
        _grow(shape, axes, fits)
    _widen(shape, axes, itemsize, min(most, WORTHWHILE))
    times = math.prod(axis.times(n) for axis, n in zip(axes, shape, strict=True))
    return Blocks(tuple(shape), times)


def _grow(shape: list[int], axes: Sequence[Axis], fits: Callable[[Sequence[int]], bool]) -> None:
    """Make blocks longer, where that saves most, as long as they fit."""
    while True:
        best, gain = None, 1.0
        for at, axis in enumerate(axes):
            longer = min(2 * shape[at], axis.even)
            saved = axis.times(shape[at]) / axis.times(longer)
            if longer > shape[at] and saved > gain:
                trial = [*shape]
                trial[at] = longer
                if fits(trial):
                    best, gain = trial, saved
        if best is None:
            return
        shape[:] = best


def _widen(shape: list[int], axes: Sequence[Axis], itemsize: int, most: int) -> None:
    """Make small blocks larger, along the last axes first: those are stored beside each other."""
    for at in reversed(range(len(shape))):
        room = most // max(1, math.prod(shape) * itemsize)
        if room > 1:
            step = shape[at]
            shape[at] = min(step * room, -(-axes[at].full // step) * step)
