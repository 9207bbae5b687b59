"""Measure the engines against upstream and their peers."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from bench.arrays import array_seconds
from bench.cells import Cell, cells
from bench.engines import ENGINES
from bench.facade import facade_seconds
from bench.floor import Floor
from bench.in_memory import IN_MEMORY
from bench.native import native_seconds
from bench.nodes import run as nodes
from bench.peers import PEERS, PIPELINES
from bench.remote import run as remote
from bench.report import as_json, page
from bench.timing import Measured, WrongResultError, measure

if TYPE_CHECKING:
    from bench.peer import Peer

EPILOG = """\
the page has a table of the cells, and what three layers take above the one below:
  cells, layouts       what is read and written, by
  peers, engines       the other libraries and ours, from files
  in_memory            upstream's path and ours, from a store of Python
  floor, codec_alone   what files and codec libraries take by themselves
  facade               zarr.crud above its backend
  arrays               arr[...] with an engine above zarr.crud
  native               arr[...] without an engine above upstream's

with --remote, a page about stores behind a network with latency:
  remote/cells, layouts  what is read and written, by
  remote/peers           the other libraries and ours
  remote/alone           the requests by themselves
  remote/peak            peak memory

with --nodes, a page about opening and creating:
  nodes/rows             what is opened and created, by whom
  nodes/hierarchies      whose members are found
  nodes/data_sets        those that xarray opens
  nodes/processes        what a process does first

with --zarr2, reads of format 2 beside zarr 2:
  zarr2/worker           the process of each

with --table zarr_benchmarks, the tables of that suite; whole processes:
  zarr_benchmarks/data       its arrays
  zarr_benchmarks/cells      what is read and written, by whom
  zarr_benchmarks/worker     one cell in one process
  zarr_benchmarks/processes  their time, and files that the system has forgotten

with --history, kept results over time, and what has become worse:
  history                the module

apart from the pages, .venv/bin/python -m bench.checksums prints what checksums cost,
-m bench.remote.slow_store what reads of shards ask of a slow store in Python,
-m bench.archives and -m bench.verify what archives take to be repacked and checked,
and -m bench.many FILE.md another page, about many reads and writes:
  loaders                rows of a sparse matrix, and samples
  kept_chunks            repeated reads, with a cache
  batches                rows one by one
  streams                arrays region by region
"""

EVERYBODY: tuple[type[Peer], ...] = (Floor, *PEERS, *PIPELINES, *ENGINES)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its page; return 1 if a peer returned a wrong result."""
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="less data and fewer rounds")
    parser.add_argument("--cell", metavar="TEXT", default="", help="only cells with TEXT in them")
    parser.add_argument("--rounds", type=int, help="rounds for each cell (short calls: thrice)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the result, and a .md too")
    parser.add_argument("--remote", action="store_true", help="measure stores behind a network")
    parser.add_argument("--nodes", action="store_true", help="measure opening and creating nodes")
    options = parser.parse_args(arguments)
    if options.nodes:
        return nodes.main(options, parser)
    if options.remote:
        return remote.main(options, parser)
    rounds = options.rounds if options.rounds is not None else 3 if options.quick else 7
    if rounds < 1:
        parser.error(f"--rounds is {rounds}; measure in one round or more")
    chosen = [cell for cell in cells(quick=options.quick) if options.cell in cell.name]
    if not chosen:
        parser.error(f"no cell has {options.cell!r} in its name")
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            results = [show(cell, rounds, Path(folder)) for cell in chosen]
    except WrongResultError as err:
        print(f"FAILED: {err}", file=sys.stderr)
        return 1
    document = as_json(results, EVERYBODY, rounds) | {
        "facade": facade_seconds(3 * rounds),
        "arrays": array_seconds(3 * rounds),
        "native": native_seconds(rounds),
    }
    print(page(document, EVERYBODY))
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n")
        options.json.with_suffix(".md").write_text(page(document, EVERYBODY))
    return 0


def show(cell: Cell, rounds: int, folder: Path) -> Measured:
    """Measure one cell, and report that it is done."""
    began = perf_counter()
    short = cell.kind in ("chunk", "element")
    everybody = IN_MEMORY if cell.in_memory else EVERYBODY
    measured = measure(cell, everybody, 3 * rounds if short else rounds, folder)
    print(f"  {cell.name}: measured in {perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
    return measured


if __name__ == "__main__":
    raise SystemExit(main())
