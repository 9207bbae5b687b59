"""Several calls measured side by side, in turns, within a time."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ROUNDS: Final = 9
"""The most rounds."""


class Clock:
    """The time that is left."""

    def __init__(self, seconds: float) -> None:
        self._end = perf_counter() + seconds

    @property
    def left(self) -> float:
        """Seconds; negative when the time is up."""
        return self._end - perf_counter()


def in_turns(
    calls: Mapping[str, Callable[[], object]], seconds: float, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Return the seconds of each call in each round, in as many rounds as there is time for.

    Each round calls all of them, and begins with another one, so that none always runs after the
    same. There is at least one round, whatever the time.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    order, clock = list(calls), Clock(seconds)
    for number in range(rounds):
        begin = perf_counter()
        turn = number % max(1, len(order))
        for name in order[turn:] + order[:turn]:
            times[name].append(timed(calls[name]))
        # Another round would take about as long.
        if clock.left < perf_counter() - begin:
            break
    return times


def timed(call: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    begin = perf_counter()
    call()
    return perf_counter() - begin


def median_of(times: Iterable[float]) -> float:
    """Return the median of some times, at least one.

    >>> median_of([3.0, 1.0, 2.0, 9.0])
    2.5
    """
    ordered = sorted(times)
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[~middle]) / 2
