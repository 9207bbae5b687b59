"""``./dev bench --history``: kept results over time, and which ratios have become worse.

It needs nothing but the standard library: the site, which draws the same, is built without ours.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RESULTS: Final = Path(__file__).parent / "results"

WORSE: Final = 1.1
"""A ratio that has grown by this factor, or by more, is named."""

KINDS: Final = {
    "": "local files",
    "nodes": "opening and creating nodes",
    "remote": "over a network",
    "zarr2": "beside zarr 2",
    "zarr_benchmarks": "the suite zarr_benchmarks",
}
"""What follows the date in the name of a file, and what was measured."""

_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d[a-z]?)(?:-(\w+))?")
_PYTHON: Final = re.compile(r"(Python \d+\.\d+)\.\d+")
_OURS: Final = "ours"


class UnknownResultError(Exception):
    """A kept file is not what one of the benchmarks saves."""


@dataclass(frozen=True)
class Result:
    """One kept result."""

    kind: str
    date: str
    """As in the name of the file: a second result of a day has a letter behind it."""
    machine: str
    load: float | None
    """That of the machine at the end; `None` if it was not noted."""
    ratios: Mapping[str, float]
    """Our time as a fraction of the best other's, by cell; smaller is better."""

    @property
    def conditions(self) -> str:
        """The load in words."""
        return "load not noted" if self.load is None else f"load {self.load:.1f}"

    @property
    def comparable(self) -> tuple[str, str]:
        """What two results that may be compared have in common."""
        return self.kind, _PYTHON.sub(r"\1", self.machine)


@dataclass(frozen=True)
class Regression:
    """A ratio that has become worse."""

    kind: str
    cell: str
    before: tuple[str, float]
    after: tuple[str, float]

    def __str__(self) -> str:
        (old, was), (new, is_) = self.before, self.after
        grown = f"{is_ / was - 1:+.0%}"
        return f"{KINDS[self.kind]}: {self.cell}: {was:.3g} ({old}) to {is_:.3g} ({new}), {grown}"


def kept(folder: Path = RESULTS) -> list[Result]:
    """Return all kept results, the oldest first.

    Raises
    ------
    UnknownResultError
        A file has another name or other contents than the benchmarks give it.
    """
    found = []
    for file in sorted(folder.glob("*.json")):
        name = _NAME.fullmatch(file.stem)
        kind = (name[2] or "") if name else None
        if name is None or kind not in KINDS:
            raise UnknownResultError(
                f"{file.name} is no result; name it DATE.json or DATE-KIND.json"
            )
        document = json.loads(file.read_text(encoding="utf-8"))
        try:
            ratios = dict(_ratios(kind, document))
            found.append(Result(kind, name[1], document["machine"], document["load"], ratios))
        except (KeyError, TypeError) as error:
            raise UnknownResultError(f"{file.name} lacks {error}") from error
    return sorted(found, key=lambda result: (result.date, result.kind))


def _ratios(kind: str, document: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    match kind:
        case "nodes":
            for row in document["rows"]:
                yield from _against_best(row["name"], row["seconds"], "zarrs")
        case "remote":
            for cell in document["cells"]:
                for latency, taken in cell["taken"].items():
                    seconds = {peer: one["seconds"] for peer, one in taken.items()}
                    others = {peer: t for peer, t in seconds.items() if not peer.startswith(_OURS)}
                    some = others | {_OURS: seconds[_OURS]}
                    yield from _against_best(f"{cell['name']}, {latency}", some, _OURS)
        case _:
            for cell in document["cells"]:
                if cell["ratio"] is not None:
                    yield cell["name"], cell["ratio"]


def _against_best(
    name: str, seconds: Mapping[str, float], ours: str
) -> Iterable[tuple[str, float]]:
    others = [time for peer, time in seconds.items() if peer != ours]
    if ours in seconds and others:
        yield name, seconds[ours] / min(others)


def series(results: Iterable[Result]) -> dict[tuple[str, str], list[Result]]:
    """Return the results by what makes them comparable, the oldest of each first."""
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        found.setdefault(result.comparable, []).append(result)
    return found


def regressions(results: Iterable[Result]) -> list[Regression]:
    """Return which ratios grew between the last two comparable results, the worst first."""
    found = []
    for some in series(results).values():
        for before, after in list(pairwise(some))[-1:]:
            for cell in before.ratios.keys() & after.ratios.keys():
                was, is_ = before.ratios[cell], after.ratios[cell]
                if is_ >= WORSE * was:
                    old, new = (before.date, was), (after.date, is_)
                    found.append(Regression(after.kind, cell, old, new))
    return sorted(found, key=lambda one: (one.before[1] / one.after[1], one.kind, one.cell))


def main(folder: Path = RESULTS) -> int:
    """Print the results and the regressions; return 1 if there is one."""
    try:
        results = kept(folder)
    except UnknownResultError as error:
        print(f"./dev bench --history: {error}", file=sys.stderr)
        return 2
    for (kind, machine), some in series(results).items():
        print(f"{KINDS[kind]}, {machine}")
        for result in some:
            sorted_ratios = sorted(result.ratios.values())
            middle = sorted_ratios[len(sorted_ratios) // 2] if sorted_ratios else float("nan")
            behind = sum(ratio > 1 for ratio in sorted_ratios)
            print(
                f"  {result.date}  {result.conditions}  {len(sorted_ratios)} cells, "
                f"median ratio {middle:.2f}, {behind} above 1"
            )
    worse = regressions(results)
    print(f"\n{len(worse)} ratios have grown by {WORSE - 1:.0%} or more since the result before:")
    for one in worse:
        print(f"  {one}")
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main())
