"""What is measured, and the command of each peer for it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ARRAYS: Final = ("raw", "zstd", "sharded")

SIDES: Final = {"small": 64, "medium": 512, "full": 1024}
"""Elements on each of three axes: 512 KiB, 256 MiB, 2 GiB."""

WORKER: Final = Path(__file__).with_name("worker.py")

OURS: Final = ("engine zarrs", "engine zarrista")
PYTHON: Final = ("zarr", "zarr fused", "zarrs-python", "zarrista", "tensorstore")
STREAMED: Final = "zarrs streamed"
"""Ours in round trips that assign an array to an array, so that neither is in memory whole."""
TOOLS: Final = "zarrs tools"
"""The Rust programs of the crate zarrs_tools, which are no Python peer."""


@dataclass(frozen=True)
class Cell:
    """One kind of work on one array."""

    array: str
    work: str
    """`open`, `all`, `chunks`, `subchunks` or `round`."""
    concurrency: int
    cold: bool
    """Whether the files of the array are read from the disk."""

    @property
    def name(self) -> str:
        """The name in the page."""
        words = {"all": "read all", "chunks": "by chunks", "subchunks": "by subchunks"}
        words |= {"round": "round trip", "open": "open only"}
        many = f", {self.concurrency} at once" if self.work in ("chunks", "subchunks") else ""
        return f"{self.array}, {words[self.work]}{many}, {'cold' if self.cold else 'warm'}"


@dataclass(frozen=True)
class Measured:
    """The medians of one cell."""

    cell: Cell
    seconds: dict[str, float]
    peak: dict[str, int]
    from_disk: bool
    """Whether every process read from the disk."""

    def ratio(self, others: tuple[str, ...]) -> float | None:
        """Return our time as a fraction of the best of some others."""
        some = [self.seconds[peer] for peer in others if peer in self.seconds]
        return self.seconds[OURS[0]] / min(some) if some else None


@dataclass(frozen=True)
class Programs:
    """What the peers are run with."""

    peers: Path
    """The Python of an environment with the other libraries."""
    tools: Path | None
    """The folder of the Rust programs."""
    ours: Path = Path(sys.executable)
    """The Python of an environment with the same packages, and the fork in place of zarr."""

    def names(self) -> tuple[str, ...]:
        """Return all peers."""
        return (*PYTHON, *OURS, STREAMED, *((TOOLS,) if self.tools else ()))

    def command(self, peer: str, cell: Cell, array: Path, *last: str) -> list[str] | None:
        """Return the command of a peer, or `None` if it has none for the cell."""
        if peer == TOOLS:
            return self._tool(cell, array, *last)
        if peer == STREAMED and cell.work != "round":
            return None
        python = str(self.ours if peer in (*OURS, STREAMED) else self.peers)
        arguments = [peer, str(array), cell.work, str(cell.concurrency), *last]
        return [python, "-W", "ignore", str(WORKER), *arguments]

    def _tool(self, cell: Cell, array: Path, *last: str) -> list[str] | None:
        if self.tools is None or cell.work == "open" or "digest" in last:
            return None
        if cell.work == "round":
            return [str(self.tools / "zarrs_reencode"), str(array), *last]
        read = [str(self.tools / "zarrs_benchmark_read_sync"), str(array)]
        if cell.work == "all":
            return [*read, "--read-all"]
        inner = ["--inner-chunks"] if cell.work == "subchunks" else []
        return [*read, "--concurrent-chunks", str(cell.concurrency), *inner]


def cells(concurrency: tuple[int, ...]) -> list[Cell]:
    """Return all cells."""
    found = [Cell("raw", "open", 1, cold=False)]
    for array in ARRAYS:
        for cold in (False, True):
            found.append(Cell(array, "all", 1, cold))
            found += [Cell(array, "chunks", many, cold) for many in concurrency]
            if array == "sharded":
                found += [Cell(array, "subchunks", many, cold) for many in concurrency]
            found.append(Cell(array, "round", 1, cold))
    return found
