"""What was measured, as JSON and as a page."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.codec_alone import NAME as CODEC

if TYPE_CHECKING:
    from bench.peer import Peer
    from bench.timing import Measured

PACKAGES = ("zarr", "zarrs-bindings", "zarrs", "zarrista", "tensorstore", "numpy")
OURS = "crud zarrs"
PIPELINES = ("zarrs pipeline", "zarrs-python")

WHAT = """\
Medians of the time of one call, all peers in one process, each in its turn in every round, in an
order that changes; every result is checked first. Local files in a warm page cache; 16-bit
integers that compress 1.7 : 1 to 2.4 : 1. Small chunks are in arrays of 4 x 4 of them and are
visited in turn. Written files are not synced.

The peers are upstream's path with its two codec pipelines, the pipeline of the package `zarrs`
(zarrs-python), a held `zarrista.Array` whose results become NumPy arrays, and a held TensorStore
without a chunk cache. `floor` is `open`, `preadv`, `close` per chunk, and for a whole array one
NumPy copy to its place, on all cores. `-` marks what a peer has no way to do.
`codec alone` is no peer: the libraries that numcodecs has (zstd, c-blosc, zlib) decode or encode
the touched chunks (subchunks) whole, on all cores, without files, plans and results.

`crud zarrista` is zarr.crud over the package: its reads are the package's, with a `stat` for each
chunk and a copy, and its writes replace whole files.

`crud` reads into new memory (`memory_pool=0`), but for the rows "in a loop", where it may use the
memory of the result before; `arr[...] zarrs` always may. The rows "in memory" are those of arrays
in a `MemoryStore`.

The last columns are ratios, below 1 is faster: the time of our codec pipeline as a fraction of that
of zarrs-python, and of `crud zarrs` as a fraction of the best peer's that is not ours. zarrs-python
and zarrista write into files in place, where a reader or a crash meets half a chunk: in rows that
write, the best peer is another.
"""

FACADE = """\
What the functions of `zarr.crud` take above the backend that they call: the document found, the
selection lowered, everything checked, the backend chosen.
"""

ARRAYS = """\
What an array with an engine takes above the same call of `zarr.crud`: `zarr.Array` itself, the
dialect told, the operation counted.
"""

NATIVE = """\
What an array without an engine takes above the same of the wheel without seams, in another process
that takes turns with this one: the difference of the best times, without indexers, event loop and
chunks.
"""


def as_json(
    results: Sequence[Measured], peers: Sequence[type[Peer]], rounds: int
) -> dict[str, Any]:
    """Return the whole result as JSON."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load": os.getloadavg()[0],
        "versions": {name: version(name) for name in PACKAGES},
        "rounds": rounds,
        "cells": [
            {
                "name": result.cell.name,
                "seconds": result.seconds,
                "codec": result.codec,
                "refused": result.refused,
                "best_peer": best_peer(result, peers),
                "ratio": ratio(result, peers),
            }
            for result in results
        ],
    }


def machine() -> str:
    """Return the properties of the machine that the times depend on, without its name."""
    try:
        model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except FileNotFoundError:
        model = None
    processor = model[1] if model else platform.processor() or platform.machine()
    return (
        f"{os.cpu_count()} x {processor}, {platform.system()}, Python {platform.python_version()}"
    )


def best_peer(result: Measured, peers: Sequence[type[Peer]]) -> str | None:
    """Return the name of the fastest peer that is not ours and guarantees as much as ours."""
    others = [
        peer.name
        for peer in peers
        if not peer.ours
        and peer.name in result.seconds
        and (peer.replaces or not result.cell.writes)
    ]
    return min(others, key=lambda name: result.seconds[name], default=None)


def ratio(result: Measured, peers: Sequence[type[Peer]]) -> float | None:
    """Return our time as a fraction of the best peer's."""
    best = best_peer(result, peers)
    if best is None or OURS not in result.seconds:
        return None
    return result.seconds[OURS] / result.seconds[best]


def page(document: dict[str, Any], peers: Sequence[type[Peer]]) -> str:
    """Return the result as Markdown."""
    versions = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    conditions = f"{document['rounds']} rounds, load {document['load']:.1f} at the end"
    names = [peer.name for peer in peers]
    lines = [
        f"# Benchmark of {document['date']}\n",
        f"{document['machine']}. {versions}. {conditions}.\n",
        WHAT,
        "| " + " | ".join(["", CODEC, *names, " / ".join(PIPELINES), f"{OURS} / best peer"]) + " |",
        "|---" + "|--:" * (len(names) + 3) + "|",
    ]
    for cell in document["cells"]:
        seconds = (cell["codec"], *(cell["seconds"].get(name) for name in names))
        times = map(duration, seconds)
        last = f"{cell['ratio']:.2f} {cell['best_peer']}" if cell["ratio"] else "-"
        lines.append("| " + " | ".join([cell["name"], *times, pipelines(cell), last]) + " |")
    lines += extra(document["facade"], FACADE, "above its backend")
    lines += extra(document["arrays"], ARRAYS, "above `zarr.crud`")
    lines += extra(document["native"], NATIVE, "above upstream")
    return "\n".join(lines) + "\n"


def pipelines(cell: dict[str, Any]) -> str:
    """Return the time of our codec pipeline as a fraction of that of zarrs-python."""
    ours, theirs = (cell["seconds"].get(name) for name in PIPELINES)
    return "-" if ours is None or theirs is None else f"{ours / theirs:.2f}"


def extra(seconds: dict[str, float], text: str, head: str) -> list[str]:
    """Return the lines of a table with the overhead of one layer above another."""
    rows = [f"| `{name}` | {duration(taken)} |" for name, taken in seconds.items()]
    return ["", text, f"| call | {head} |", "|---|--:|", *rows]


def duration(seconds: float | None) -> str:
    """Return a time with three figures and its unit."""
    if seconds is None:
        return "-"
    for factor, unit in ((1e6, "µs"), (1e3, "ms")):
        # 999.5 would be rounded to 1e+03.
        if factor * abs(seconds) < 999.5:
            return f"{factor * seconds:.3g} {unit}"
    return f"{seconds:.3g} s"
