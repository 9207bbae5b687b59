"""Measure the engines against their peers over a network with latency."""

from __future__ import annotations

import json
import sys
import warnings
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING, Final

from bench.remote.cells import Cell, cells
from bench.remote.peak import peaks
from bench.remote.peers import PEERS
from bench.remote.report import as_json, page
from bench.remote.server import LatencyServer
from bench.remote.timing import MOST_SECONDS, Arrays, Measured, measure
from bench.timing import WrongResultError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

LATENCIES: Final = (0.05, 0.01, 0.0)
QUICK: Final = (0.01, 0.0)


def main(options: Namespace, parser: ArgumentParser) -> int:
    """Run the benchmark and print its page; return 1 if a peer returned a wrong result."""
    chosen = [cell for cell in cells(quick=options.quick) if options.cell in cell.name]
    if not chosen:
        parser.error(f"no cell has {options.cell!r} in its name")
    rounds = options.rounds if options.rounds is not None else 3 if options.quick else 5
    if rounds < 1:
        parser.error(f"--rounds is {rounds}; measure in one round or more")
    latencies = QUICK if options.quick else LATENCIES
    try:
        with ExitStack() as started, warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            servers = [
                Arrays(started.enter_context(LatencyServer()), latency) for latency in latencies
            ]
            results = [show(cell, rounds, servers) for cell in chosen]
            taken = {
                cell.name: peaks(servers[-1].place(cell), PEERS)
                for cell in chosen
                if cell.kind == "read" and cell.whole
            }
    except WrongResultError as err:
        print(f"FAILED: {err}", file=sys.stderr)
        return 1
    text = page(results, rounds, taken, MOST_SECONDS)
    print(text)
    if options.json:
        document = as_json(results, rounds, taken)
        options.json.write_text(json.dumps(document, indent=1) + "\n")
        options.json.with_suffix(".md").write_text(text)
    return 0


def show(cell: Cell, rounds: int, servers: Sequence[Arrays]) -> Measured:
    """Measure one cell, and report that it is done."""
    began = perf_counter()
    measured = measure(cell, PEERS, rounds, servers)
    print(f"  {cell.name}: measured in {perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
    return measured
