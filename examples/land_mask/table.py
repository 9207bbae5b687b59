"""The table of answers and times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Answered(NamedTuple):
    """A question, its answer, and the seconds that each engine took in each way."""

    text: str
    answer: str
    seconds: dict[tuple[str, str], float]


def show(rows: Sequence[Answered]) -> None:
    """Print questions, answers, milliseconds, and how often the second time fits into the first."""
    ways = list(dict.fromkeys(way for _, way in rows[0].seconds))
    engines = list(dict.fromkeys(engine for engine, _ in rows[0].seconds))
    heads = "".join(f"   {f'-- {way}, ms --':^{10 * len(engines) + 8}}" for way in ways)
    print(f"\n{'':56}{heads}".rstrip())
    heads = ("   " + "".join(f"{engine:>10}" for engine in engines) + f"{'ratio':>8}") * len(ways)
    print(f"{'question':40}{'answer':>16}{heads}")
    for row in rows:
        line = f"{row.text:40}{row.answer:>16}"
        for way in ways:
            times = [row.seconds[engine, way] for engine in engines]
            line += "   " + "".join(f"{1e3 * time:10.2f}" for time in times)
            line += f"{times[0] / times[-1]:7.1f}x"
        print(line)
