"""Groups of regions that one call reads or writes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_REGIONS: Final = 1024
"""The most regions of a group: the plan of each takes memory, too."""


class Entry[T](NamedTuple):
    """A region to be grouped."""

    item: T
    nbytes: int
    """The size of its elements."""

    chunks: Sequence[tuple[int, ...]]
    """The chunks that it must not share with regions of another group, if that can be."""


class Grouping[T]:
    """Divides a sequence of regions into groups of a limited size.

    A group ends where no chunk is on both sides, if there is such a place: a chunk that two groups
    share is decoded, or changed and replaced, twice.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._clear()

    def _clear(self) -> None:
        self.entries: list[Entry[T]] = []
        self._nbytes = self._cut = 0
        self._touched: set[tuple[int, ...]] = set()

    def add(self, entry: Entry[T]) -> Iterator[list[Entry[T]]]:
        """Yield the groups that end before this region, and add it to the next."""
        while self.entries and (
            self._nbytes + entry.nbytes > self._most or len(self.entries) >= MOST_REGIONS
        ):
            shares = not self._touched.isdisjoint(entry.chunks)
            yield self._take(self._cut if shares and self._cut else len(self.entries))
        self._push(entry)

    def _push(self, entry: Entry[T]) -> None:
        if self.entries and self._touched.isdisjoint(entry.chunks):
            self._cut = len(self.entries)
        self.entries.append(entry)
        self._nbytes += entry.nbytes
        self._touched.update(entry.chunks)

    def _take(self, count: int) -> list[Entry[T]]:
        taken, rest = self.entries[:count], self.entries[count:]
        self._clear()
        for entry in rest:
            self._push(entry)
        return taken

    def rest(self) -> Iterator[list[Entry[T]]]:
        """Yield the last group, unless it is empty."""
        if self.entries:
            yield self._take(len(self.entries))
