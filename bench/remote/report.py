"""What was measured over the network, as JSON and as a page."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from bench.remote.alone import NAME
from bench.remote.peers import PEERS, Ours
from bench.remote.targets import best_peer, misses, ratio, wanted
from bench.report import duration, machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.remote.timing import Measured, Taken

PACKAGES: Final = (
    *("zarr", "zarrs-bindings", "zarrs", "zarrista", "tensorstore"),
    *("obstore", "s3fs", "aiohttp", "numpy"),
)
COLUMNS: Final = (*(peer.name for peer in PEERS), NAME)

WHAT: Final = """\
Medians of the time of one call, all peers in one process, each in its turn in every round, in an
order that changes; every result is checked. Servers on the same machine and the same cores hold
the values in memory, and let each request wait: each latency has one, so what was measured at one
is not taken for another. An array is opened anew before each turn, which is not timed; connections
are kept, with what ours measures of them, and what else ours remembers is cleared. Peers construct
their array when they open it, ours would at its first use; so nothing is selected from it first,
without a request. A peer has fewer rounds of a cell after it has taken {most:g} s.

`zarr` is upstream's path over obstore, `zarrs-python` is the pipeline of the package `zarrs` over
obstore, `zarrista` an `AsyncArray` over obstore, and `tensorstore` has its own client of S3, all
as they come, without settings. `{alone}` is no peer: it reads or writes the same keys with
`obstore.get_async` or `put_async`, 128 at once, as bytes in no order. That is the crate
`object_store` with asyncio above it. `-` marks what a peer has no way to do.
"""

REQUESTS: Final = """\
Requests of a call / most of them in flight, at {latency:g} ms.
"""

MEMORY: Final = """\
Memory that a read takes at its peak, above what the process holds before it; the result is a part
of it. Each peer is in a process of its own.
"""

REACHED: Final = "Every figure is as good as it must be."


def as_json(
    results: Sequence[Measured], rounds: int, peaks: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    """Return the whole result as JSON."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load": os.getloadavg()[0],
        "versions": dict(_versions()),
        "rounds": rounds,
        "cells": [
            {
                "name": result.cell.name,
                "ratio": result.cell.ratio,
                "taken": {
                    f"{latency * 1e3:g} ms": {
                        name: {
                            "seconds": it.seconds,
                            "rounds": it.rounds,
                            **it.counts._asdict(),
                        }
                        for name, it in taken.items()
                    }
                    for latency, taken in result.taken.items()
                },
                "refused": result.refused,
                "misses": list(misses(result)),
            }
            for result in results
        ],
        "peak": {cell: dict(taken) for cell, taken in peaks.items()},
    }


def _versions() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "missing"


def page(
    results: Sequence[Measured],
    rounds: int,
    peaks: Mapping[str, Mapping[str, int]],
    most_seconds: float,
) -> str:
    """Return the result as Markdown."""
    versions = ", ".join(f"{name} {number}" for name, number in _versions())
    conditions = f"{rounds} rounds (at 0 ms {3 * rounds}), load {os.getloadavg()[0]:.1f} at the end"
    longest = max(results[0].taken)
    lines = [
        f"# Benchmark of remote stores, {datetime.now(UTC).date().isoformat()}\n",
        f"{machine()}. {versions}. {conditions}.\n",
        WHAT.format(alone=NAME, most=most_seconds),
    ]
    for latency in results[0].taken:
        lines += [*_times(results, latency, longest), ""]
    lines += [REQUESTS.format(latency=longest * 1e3), *_requests(results, longest), ""]
    if any(peaks.values()):
        lines += [MEMORY, *_memory(peaks), ""]
    missed = [line for result in results for line in misses(result)]
    lines += (
        ["Worse than it must be:\n", *(f"- {line}" for line in missed)] if missed else [REACHED]
    )
    refused = {
        f"- {name}, {result.cell.name}: {reason}"
        for result in results
        for name, reason in result.refused.items()
    }
    lines += ["\nNot measured:\n", *sorted(refused)] if refused else []
    return "\n".join(lines) + "\n"


def _times(results: Sequence[Measured], latency: float, longest: float) -> Iterator[str]:
    last = (f"{Ours.name} / best peer", "must reach", f"{Ours.name} / {NAME}")
    yield from _row([f"{latency * 1e3:g} ms a request", *COLUMNS, *last], head=True)
    for result in results:
        taken = result.taken[latency]
        times = (duration(taken[name].seconds) if name in taken else "-" for name in COLUMNS)
        found = ratio(taken)
        ours = "-" if found is None else f"{found:.2f} {best_peer(taken)}"
        must = f"{wanted(result.cell, Ours.name, latency, longest):g}"
        yield from _row([result.cell.name, *times, ours, must, _over_alone(taken)])


def _over_alone(taken: Mapping[str, Taken]) -> str:
    if NAME not in taken or Ours.name not in taken:
        return "-"
    return f"{taken[Ours.name].seconds / taken[NAME].seconds:.2f}"


def _requests(results: Sequence[Measured], latency: float) -> Iterator[str]:
    yield from _row(["", *COLUMNS], head=True)
    for result in results:
        taken = result.taken[latency]
        counts = (taken[name].counts if name in taken else None for name in COLUMNS)
        told = ("-" if it is None else f"{it.total} / {it.most_in_flight}" for it in counts)
        yield from _row([result.cell.name, *told])


def _memory(peaks: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    names = [peer.name for peer in PEERS]
    yield from _row(["", *names], head=True)
    for cell, taken in peaks.items():
        told = (f"{taken[name] >> 20} MiB" if name in taken else "-" for name in names)
        yield from _row([cell, *told])


def _row(texts: Sequence[str], *, head: bool = False) -> Iterator[str]:
    yield f"| {' | '.join(texts)} |"
    if head:
        yield "|---" + "|--:" * (len(texts) - 1) + "|"
