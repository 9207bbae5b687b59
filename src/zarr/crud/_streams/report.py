"""Which regions of a stream are written. Pure."""

from __future__ import annotations

from bisect import insort
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Report:
    """Counts the regions that were given, and knows which of them are written."""

    def __init__(self) -> None:
        self._given = 0
        self._written: list[tuple[int, int]] = []
        self._partly: list[tuple[int, int]] = []

    def next_number(self) -> int:
        """Count one more region, and return its number."""
        self._given += 1
        return self._given - 1

    @contextmanager
    def of(self, numbers: Sequence[int]) -> Iterator[None]:
        """Write consecutive regions: they are written unless an exception comes."""
        span = (numbers[0], numbers[-1] + 1)
        try:
            yield
        except BaseException:
            self._partly = merged(self._partly, span)
            raise
        self._written = merged(self._written, span)

    def note(self, error: BaseException) -> None:
        """Say in an exception which regions are written and which are not."""
        known = sorted([*self._written, *self._partly, (self._given, self._given)])
        ends = [0, *(end for _, end in known)]
        left = [(end, start) for end, (start, _) in zip(ends, known, strict=False) if end < start]
        parts = {
            "written": self._written,
            "perhaps written in part": self._partly,
            "not written": left,
        }
        said = "; ".join(f"{what}: {listed(spans)}" for what, spans in parts.items() if spans)
        error.add_note(f"regions of the iterable, counted from 0: {said or 'none was given'}")


def merged(spans: list[tuple[int, int]], new: tuple[int, int]) -> list[tuple[int, int]]:
    """Return disjoint spans in order, with one more; those that meet become one.

    Examples
    --------
    >>> merged([(0, 4), (6, 7)], (4, 6))
    [(0, 7)]
    """
    found: list[tuple[int, int]] = []
    spans = spans[:]
    insort(spans, new)
    for start, end in spans:
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def listed(spans: Sequence[tuple[int, int]]) -> str:
    """Return spans as text.

    Examples
    --------
    >>> listed([(0, 4), (6, 7)])
    '0 to 3, 6'
    """
    return ", ".join(f"{a} to {b - 1}" if b - a > 1 else f"{a}" for a, b in spans)
