"""Reads of format 2 with zarr 2, zarr-python 3 and the engine: processes that take turns."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from bench.report import duration, machine

CASES: Final = (
    "memory: data[0:10, :, 0]",
    "memory: data[:]",
    "memory: data[0]",
    "memory: data[15:-15:step]",
    "memory: data[-1]",
    "disk: a[i]",
    "disk: a[i:i+2]",
    "disk: a[i, 3:6]",
)
"""As in zarr-python's issue 3524, and as training of weather models reads one date in a chunk."""

PEERS: Final = {
    "zarr2": "zarr 2.18.7",
    "native": "zarr 3",
    "fused": "zarr 3 fused",
    "engine": "engine zarrs",
}
MOST: Final = 0.6
"""The most that the engine may take, as a fraction of zarr 2's time."""

WORKER: Final = Path(__file__).with_name("worker.py")


class DifferentError(Exception):
    """Two peers have read other elements."""


@dataclass
class Worker:
    """A process with one zarr."""

    process: subprocess.Popen[str]

    @classmethod
    def started(cls, python: Path | str, mode: str, folder: Path) -> Worker:
        """Start a process."""
        command = [str(python), "-W", "ignore", str(WORKER), mode, str(folder)]
        pipe = subprocess.PIPE
        return cls(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))

    def ask(self, line: str) -> str:
        """Send a line, and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"{self.process.args!r} ended during {line!r}")
        return answer

    def end(self) -> None:
        """End the process."""
        self.process.communicate()


def measure(
    workers: dict[str, Worker], cases: tuple[str, ...], rounds: int
) -> dict[str, dict[str, float]]:
    """Return the median seconds of a read, by case and peer."""
    random, medians = Random(0), {}
    for case in cases:
        samples: dict[str, list[float]] = {peer: [] for peer in workers}
        digests = {}
        for _ in range(rounds):
            for peer in random.sample(list(workers), len(workers)):
                seconds, digests[peer] = workers[peer].ask(case).split()
                samples[peer].append(float(seconds))
        if len(set(digests.values())) > 1:
            raise DifferentError(f"{case}: the peers read other elements: {digests}")
        medians[case] = {peer: median(some) for peer, some in samples.items()}
    return medians


def as_json(medians: dict[str, dict[str, float]], rounds: int) -> dict[str, Any]:
    """Return the whole result as JSON."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load": os.getloadavg()[0],
        "rounds": rounds,
        "cells": [
            {"name": case, "seconds": some, "ratio": some["engine"] / some["zarr2"]}
            for case, some in medians.items()
        ],
    }


def page(medians: dict[str, dict[str, float]], rounds: int) -> str:
    """Return the page."""
    ratios = {case: some["engine"] / some["zarr2"] for case, some in medians.items()}
    lines = [
        "# Beside zarr 2",
        "",
        f"`./dev bench --zarr2`: medians of {rounds} rounds, wall time of one read, each peer in a",
        "process of its own. Arrays are of format 2; that on disk was written by zarr 2, with its",
        "default, Blosc. The last column is the time of the engine as a fraction of zarr 2's; it",
        f"must be at most {MOST}.",
        "",
        f"| case | {' | '.join(PEERS.values())} | engine / zarr 2 |",
        f"|---|{'--:|' * (len(PEERS) + 1)}",
    ]
    for case, some in medians.items():
        place, _, read = case.partition(": ")
        times = " | ".join(duration(some[peer]) for peer in PEERS)
        lines.append(f"| `{read}`, {place} | {times} | {ratios[case]:.2f} |")
    missed = [case for case, ratio in ratios.items() if ratio > MOST]
    fine = f"No read takes more than {MOST} of zarr 2's time."
    lines += ["", f"Missed: {', '.join(missed)}." if missed else fine]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the page."""
    parser = argparse.ArgumentParser(prog="./dev bench --zarr2", description=__doc__)
    parser.add_argument(
        "--zarr2", type=Path, required=True, help="the Python of an environment with zarr 2"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the result, and a .md too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        place = Path(folder) / "weather.zarr"
        workers = {
            peer: Worker.started(options.zarr2 if peer == "zarr2" else sys.executable, peer, place)
            for peer in PEERS
        }
        try:
            workers["zarr2"].ask("data")
            medians = measure(workers, CASES, options.rounds)
        finally:
            for worker in workers.values():
                worker.end()
    text = page(medians, options.rounds)
    print(text)
    if options.json:
        document = as_json(medians, options.rounds)
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        options.json.with_suffix(".md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
