"""What was measured of opening and creating, as JSON and as a page."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from bench.nodes.data_sets import ALONE
from bench.nodes.rows import NATIVE, OURS, PEER
from bench.report import duration, machine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.nodes.timing import Measured

PACKAGES: Final = ("zarr", "zarrs-bindings", "zarrista", "numpy")
COLUMNS: Final = (NATIVE, OURS, PEER, ALONE)

WHAT: Final = """\
Medians of the time of one call, all in one process, each in its turn in every round, in an order
that changes; the results are compared first. Local files in a warm page cache. `zarr` is upstream's
path (`engine="zarr"`), `zarrs` the same call with `engine="zarrs"`. `xarray alone` opens a data set
whose arrays are known, without zarr. The last columns are the time of `zarrs` as a fraction of the
others', and the most that it may be. What a process does first takes a new process each time.
"""

REACHED: Final = "Every figure is as good as it must be."


def as_json(results: Sequence[Measured], rounds: int) -> dict[str, Any]:
    """Return the whole result as JSON."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load": os.getloadavg()[0],
        "versions": {name: version(name) for name in PACKAGES},
        "rounds": rounds,
        "rows": [
            {
                "name": one.row.name,
                "seconds": one.seconds,
                "misses": one.misses(),
                "too_long": one.is_too_long,
            }
            for one in results
        ],
    }


def page(document: dict[str, Any], results: Sequence[Measured]) -> str:
    """Return the result as Markdown."""
    versions = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    others = [name for name in COLUMNS if name != OURS]
    head = ["", *COLUMNS, *(f"{OURS} / {name}" for name in others)]
    conditions = f"{document['rounds']} rounds, load {document['load']:.1f} at the end"
    lines = [
        f"# Opening and creating nodes, {document['date']}\n",
        f"{document['machine']}. {versions}. {conditions}.\n",
        WHAT,
        "| " + " | ".join(head) + " |",
        "|---" + "|--:" * (len(head) - 1) + "|",
    ]
    for one in results:
        times = (duration(one.seconds.get(name)) for name in COLUMNS)
        cells = [one.row.name, *times, *(_ratio(one, name) for name in others)]
        lines.append("| " + " | ".join(cells) + " |")
    missed = [
        f"- {one.row.name}: {one.ratio(name):.2f} of {name}, and may be {one.row.most[name]:g}"
        for one in results
        for name in one.misses()
    ]
    missed += [
        f"- {one.row.name}: {duration(one.seconds[OURS])}, and may be {duration(one.row.longest)}"
        for one in results
        if one.is_too_long
    ]
    return "\n".join([*lines, "", *(missed or [REACHED])]) + "\n"


def _ratio(one: Measured, name: str) -> str:
    if name not in one.seconds:
        return "-"
    most = one.row.most.get(name)
    return f"{one.ratio(name):.3g}" + ("" if most is None else f" (≤ {most:g})")
