"""What was measured of the suite zarr_benchmarks, as JSON and as a page."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bench.report import duration, machine
from bench.zarr_benchmarks.cells import OURS, PYTHON, SIDES, STREAMED, TOOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.zarr_benchmarks.cells import Measured, Programs

MOST: Final = {"peers": 1.0, "tools": 1.1}
"""The most that `engine zarrs` may take, as a fraction of the best Python peer's and the tools'."""

PACKAGES: Final = ("zarr", "zarrs", "zarrista", "tensorstore", "numpy")

WHAT: Final = """\
Wall time of whole processes, from their start to their end: medians of {rounds} rounds, in which
all peers take turns in an order that changes. The interpreter, imports and opening are within. An
array has {side}³ 16-bit integers, {size}; chunks of {chunk}³; `sharded` has subchunks of {sub}³.
`zstd` and `sharded` are compressed with Zstandard of level 0. "At once" is the number of threads
that read pieces; a library may use more of its own. "Cold" files are forgotten by the system before
each run, and read from the disk; what is imported is not. "Round trip" reads all elements and
writes them to a new array of the same kind, which is not synced; `zarrs streamed` assigns the array
to the new one, so that neither is in memory whole.

`zarr`, `zarr fused` (its other pipeline), `zarrs-python`, `zarrista` and `tensorstore` run in an
environment with zarr-python as released; ours in one with the same packages and the fork. All peers
read the same elements, which is checked first. {tools}

The last columns are the time of `engine zarrs` as a fraction of the best Python peer's, which must
be at most {peers:g}, and of the Rust tools', at most {most_tools:g}.
"""
WITH_TOOLS: Final = """\
`zarrs tools` are the Rust programs of the crate zarrs_tools. They
print no elements: what they read is not checked, what they write is."""
WITHOUT_TOOLS: Final = """\
The Rust programs of the crate zarrs_tools were not
installed; `./dev bench --table zarr_benchmarks --build-tools` builds them."""


def as_json(
    results: Sequence[Measured], size: str, rounds: int, programs: Programs
) -> dict[str, Any]:
    """Return the whole result as JSON."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load": os.getloadavg()[0],
        "versions": versions(programs),
        "size": size,
        "rounds": rounds,
        "tools": programs.tools is not None,
        "cells": [
            {
                "name": one.cell.name,
                "seconds": one.seconds,
                "peak": one.peak,
                "ratio": one.ratio(PYTHON),
                "ratio_tools": one.ratio((TOOLS,)),
                "from_disk": one.from_disk,
                "cold": one.cell.cold,
            }
            for one in results
        ],
    }


def versions(programs: Programs) -> dict[str, str]:
    """Return the versions in the environment of the peers."""
    code = f"from importlib.metadata import version as v\nfor n in {PACKAGES!r}: print(n, v(n))"
    done = subprocess.run([programs.peers, "-c", code], check=True, capture_output=True, text=True)
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    if programs.tools is not None:
        said = subprocess.run(
            [programs.tools / "zarrs_reencode", "--version"],
            check=True,
            capture_output=True,
            text=True,
        )
        found["zarrs tools"] = said.stdout.strip().partition(" ")[2]
    return found


def missed(document: dict[str, Any]) -> list[str]:
    """Return the figures that are worse than they must be."""
    found = []
    for cell in document["cells"]:
        for key, whom in (("ratio", "peers"), ("ratio_tools", "tools")):
            if cell[key] is not None and cell[key] > MOST[whom]:
                name = "the best Python peer" if whom == "peers" else "the Rust tools"
                found.append(f"{cell['name']}: {cell[key]:.2f} of {name}")
        if cell["cold"] and not cell["from_disk"]:
            found.append(f"{cell['name']}: a process read nothing from the disk")
    return found


def page(document: dict[str, Any]) -> str:
    """Return the result as Markdown."""
    side = SIDES[document["size"]]
    names = [*OURS, STREAMED, *PYTHON, *((TOOLS,) if document["tools"] else ())]
    mib = 2 * side**3 / 2**20
    words = WHAT.format(
        rounds=document["rounds"],
        side=side,
        chunk=side // 4,
        sub=side // 16,
        size=f"{mib / 1024:g} GiB" if mib >= 1024 else f"{mib:g} MiB",
        tools=WITH_TOOLS if document["tools"] else WITHOUT_TOOLS,
        peers=MOST["peers"],
        most_tools=MOST["tools"],
    )
    packages = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    lines = [
        f"# The suite zarr_benchmarks, {document['date']}\n",
        f"{document['machine']}. {packages}. Load {document['load']:.1f} at the end.\n",
        words,
        f"| | {' | '.join(names)} | / best Python peer | / Rust tools |",
        f"|---|{'--:|' * (len(names) + 2)}",
    ]
    for cell in document["cells"]:
        times = " | ".join(duration(cell["seconds"].get(name)) for name in names)
        ratios = f"{_two(cell['ratio'])} | {_two(cell['ratio_tools'])}"
        lines.append(f"| {cell['name']} | {times} | {ratios} |")
    lines += ["", "The most memory that a process held, in MiB:", ""]
    lines += [f"| | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    for cell in document["cells"]:
        peaks = (cell["peak"].get(name) for name in names)
        some = " | ".join("-" if peak is None else f"{peak / 2**20:.0f}" for peak in peaks)
        lines.append(f"| {cell['name']} | {some} |")
    worse = missed(document)
    lines += ["", "Missed:\n" if worse else "Every figure is as good as it must be."]
    return "\n".join([*lines, *(f"- {one}" for one in worse)]) + "\n"


def _two(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"
