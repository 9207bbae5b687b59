"""What ours must reach, and where it does not."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from bench.remote.alone import IN_FLIGHT, NAME
from bench.remote.cells import ALONE, ELSEWHERE
from bench.remote.peers import PEERS, Ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.remote.cells import Cell
    from bench.remote.timing import Measured, Taken

OURS: Final = tuple(peer.name for peer in PEERS if peer.ours)
OTHERS: Final = tuple(peer.name for peer in PEERS if not peer.ours)

WAVES: Final = 1.25
"""Most time of a read of many chunks: a fraction of as many waves of requests as are needed."""


def best_peer(taken: Mapping[str, Taken]) -> str | None:
    """Return the name of the fastest that is not ours."""
    others = [name for name in OTHERS if name in taken]
    return min(others, key=lambda name: taken[name].seconds, default=None)


def ratio(taken: Mapping[str, Taken], name: str = Ours.name) -> float | None:
    """Return the time of one of ours as a fraction of the best peer's."""
    best = best_peer(taken)
    if best is None or name not in taken:
        return None
    return taken[name].seconds / taken[best].seconds


def wanted(cell: Cell, name: str, latency: float, longest: float) -> float:
    """Return the fraction of the best peer that must be reached."""
    return cell.ratio if name == Ours.name and latency == longest else ELSEWHERE


def misses(measured: Measured) -> Iterator[str]:
    """Yield a line for each figure that is worse than it must be."""
    cell, longest = measured.cell, max(measured.taken)
    for latency, taken in measured.taken.items():
        where = f"{cell.name}, {latency * 1e3:g} ms"
        for name in (name for name in OURS if name in taken):
            found, most = ratio(taken, name), wanted(cell, name, latency, longest)
            if found is not None and found > most:
                yield f"{where}: {name} is {found:.2f} x {best_peer(taken)}, not {most:g} x"
        mine = taken.get(Ours.name)
        if mine is None:
            continue
        if (
            NAME in taken
            and cell.layout.codec == "raw"
            and mine.seconds > ALONE * taken[NAME].seconds
        ):
            found = mine.seconds / taken[NAME].seconds
            yield f"{where}: {Ours.name} is {found:.2f} x {NAME}, not {ALONE:g} x"
        if cell.requests is not None and mine.counts.total > cell.requests:
            yield f"{where}: {Ours.name} sends {mine.counts.total} requests, not {cell.requests}"
    yield from _slow_waves(measured)


def _slow_waves(measured: Measured) -> Iterator[str]:
    """Yield a line where requests follow each other that could be sent at once."""
    cell, without = measured.cell, measured.taken.get(0, {}).get(Ours.name)
    if cell.kind != "read" or not cell.whole or cell.requests is None or without is None:
        return
    for latency, taken in measured.taken.items():
        most = WAVES * ceil(cell.requests / IN_FLIGHT) * latency + without.seconds
        if latency > 0 and Ours.name in taken and taken[Ours.name].seconds > most:
            yield (
                f"{cell.name}, {latency * 1e3:g} ms: {Ours.name} takes "
                f"{taken[Ours.name].seconds * 1e3:.0f} ms, not {most * 1e3:.0f} ms"
            )
