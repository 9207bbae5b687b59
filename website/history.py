"""The page that draws the kept results of the benchmark over time.

Each drawing is SVG within the page, in the colours of its text: nothing is loaded, and it fits the
light and the dark scheme.
"""

from __future__ import annotations

from html import escape
from math import ceil, floor, log2
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.history import KINDS, RESULTS, WORSE, kept, regressions, series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.history import Regression, Result

PLACE: Final = "results/history.md"

WIDTH: Final = 640
HEIGHT: Final = 300
LEFT: Final = 48
RIGHT: Final = 16
TOP: Final = 12
BOTTOM: Final = 28

INTRODUCTION: Final = """\
# Results over time

Each point is a cell of a kept result: our time as a fraction of the best other's, so lower is
better, and at 1 both take the same. The thick line is the median of all cells. Results are drawn
together if they come from the same kind of machine and the same Python. Point at a line to see its
cell. `./dev bench --history` prints the same.
"""


def history_page(folder: Path = RESULTS) -> str:
    """Return the page."""
    results = kept(folder)
    lines = [INTRODUCTION]
    for (kind, machine), some in series(results).items():
        title = KINDS[kind]
        dates = ", ".join(f"{result.date} ({result.conditions})" for result in some)
        lines += [f"## {title[0].upper()}{title[1:]}\n", f"{machine}: {dates}.\n"]
        lines += [drawing(some, f"{title}: ratios of {len(some)} results"), ""]
    return "\n".join([*lines, *_named(regressions(results))]) + "\n"


def _named(worse: Sequence[Regression]) -> list[str]:
    head = [
        "## What has become worse",
        "",
        f"Ratios that have grown by {WORSE - 1:.0%} or more between the last two results of a kind"
        + (":" if worse else ": none."),
        "",
    ]
    if not worse:
        return head
    rows = [
        f"| {KINDS[one.kind]} | {_cell(one.cell)} | {one.before[1]:.3g} | {one.after[1]:.3g} "
        f"| {one.after[1] / one.before[1] - 1:+.0%} |"
        for one in worse
    ]
    return [*head, "| | cell | before | now | |", "|---|---|--:|--:|--:|", *rows]


def _cell(text: str) -> str:
    return escape(text).replace("|", "&#124;").replace("*", "&#42;").replace("`", "&#96;")


def drawing(results: Sequence[Result], title: str) -> str:
    """Return comparable results as SVG, in one line of text, which Markdown leaves alone."""
    values = [ratio for result in results for ratio in result.ratios.values()]
    low, high = _bounds(values)
    head = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" style="width:100%;max-width:{WIDTH}px" '
        'fill="none" stroke="currentColor" font-family="inherit" font-size="11">'
    )
    parts = [head, f"<title>{escape(title)}</title>"]
    for power in range(low, high + 1):
        y, width = _y(2.0**power, low, high), 1.5 if power == 0 else 0.5
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke-width="{width}" opacity="0.4"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="currentColor" '
            f'stroke="none">{_power(power)}</text>'
        )
    for at, result in enumerate(results):
        parts.append(
            f'<text x="{_x(at, len(results)):.1f}" y="{HEIGHT - 8}" text-anchor="middle" '
            f'fill="currentColor" stroke="none">{escape(result.date)}</text>'
        )
    for cell in sorted({name for result in results for name in result.ratios}):
        points = [(at, r.ratios[cell]) for at, r in enumerate(results) if cell in r.ratios]
        parts.append(_line(points, len(results), (low, high), cell))
    medians = [(at, median(r.ratios.values())) for at, r in enumerate(results) if r.ratios]
    parts.append(_line(medians, len(results), (low, high), "median of all cells", thick=True))
    return "".join([*parts, "</svg>"])


def _power(power: int) -> str:
    return f"{2**power}" if power >= 0 else f"1/{2**-power}"


def _line(
    points: Sequence[tuple[int, float]],
    count: int,
    bounds: tuple[int, int],
    name: str,
    *,
    thick: bool = False,
) -> str:
    places = [(_x(at, count), _y(ratio, *bounds)) for at, ratio in points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    # A point alone is a line of no length, which round ends make visible.
    shape = f'<path d="M{path}{"h0" if len(places) == 1 else ""}"/>'
    dots = "".join(
        f'<path d="M{x:.1f} {y:.1f}h0" stroke-width="{9 if thick else 4}"/>' for x, y in places
    )
    said = ", ".join(f"{ratio:.3g}" for _, ratio in points)
    width, opacity = (4, 1) if thick else (1, 0.35)
    return (
        f'<g stroke-width="{width}" opacity="{opacity}" stroke-linecap="round">'
        f"<title>{escape(name)}: {said}</title>{shape}{dots}</g>"
    )


def _bounds(ratios: Sequence[float]) -> tuple[int, int]:
    if not ratios:
        return -1, 1
    return min(floor(log2(min(ratios))), -1), max(ceil(log2(max(ratios))), 1)


def _x(at: int, count: int) -> float:
    span = WIDTH - LEFT - RIGHT
    return LEFT + span * (at + 0.5) / count


def _y(ratio: float, low: int, high: int) -> float:
    span = HEIGHT - TOP - BOTTOM
    return TOP + span * (high - log2(ratio)) / (high - low)
