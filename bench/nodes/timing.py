"""Timing of rows: every contender has its turn in each round, and the medians are compared."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass, field
from random import Random
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from bench.nodes.hierarchies import Took
from bench.nodes.rows import OURS
from bench.timing import SAMPLE, WrongResultError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.nodes.rows import Call, Row


@dataclass
class Measured:
    """A row with the median seconds of each contender."""

    row: Row
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    def ratio(self, other: str) -> float:
        """Return our time as a fraction of that of another."""
        return self.seconds[OURS] / self.seconds[other]

    def misses(self) -> list[str]:
        """Return the contenders against which ours is slower than it may be."""
        return [name for name, most in self.row.most.items() if self.ratio(name) > most]

    @property
    def is_too_long(self) -> bool:
        """Whether ours takes longer than it may, whatever the others take."""
        return self.row.longest is not None and self.seconds[OURS] > self.row.longest


def measure(row: Row, rounds: int, folder: Path) -> Measured:
    """Check that all return the same, then time them."""
    place = folder / "row"
    place.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calls = row.calls(place)
        seen = {name: row.told(call()) for name, call in calls.items()}
        for name, found in seen.items():
            if found != seen[OURS]:
                raise WrongResultError(f"{row.name}: {name} has {found}, and not {seen[OURS]}")
        repeats = {name: _repeats(call) for name, call in calls.items()}
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for number in range(rounds):
            for name in Random(number).sample(list(calls), len(calls)):
                taken[name].append(_sample(calls[name], repeats[name]))
    shutil.rmtree(place)
    return Measured(row, {name: median(values) for name, values in taken.items()})


def _repeats(call: Call) -> int:
    if isinstance(call(), Took):
        return 1
    return max(1, int(SAMPLE / min(_sample(call, 1) for _ in range(3))))


def _sample(call: Call, repeats: int) -> float:
    began = perf_counter()
    for _ in range(repeats):
        found = call()
    taken = (perf_counter() - began) / repeats
    return found.seconds if isinstance(found, Took) else taken
