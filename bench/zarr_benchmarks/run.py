"""The tables of the public suite zarr_benchmarks: whole processes that take turns."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median

from bench.zarr_benchmarks.cells import (
    ARRAYS,
    OURS,
    PYTHON,
    SIDES,
    Cell,
    Measured,
    Programs,
    cells,
)
from bench.zarr_benchmarks.processes import FailedError, Ran, can_forget, digest, measure, run

__all__ = ["main", "measured", "verified"]

DATA = Path(__file__).with_name("data.py")


class DifferentError(Exception):
    """Two peers have read other elements."""


def measured(
    programs: Programs, cell: Cell, array: Path, scratch: Path, rounds: int, random: Random
) -> Measured:
    """Return the medians of one cell."""
    ran: dict[str, list[Ran]] = {peer: [] for peer in programs.names()}
    for _ in range(rounds):
        for peer in random.sample(list(ran), len(ran)):
            one = measure(programs, peer, cell, array, scratch)
            if one is not None:
                ran[peer].append(one)
    took = {peer: some for peer, some in ran.items() if some}
    return Measured(
        cell,
        {peer: median(one.seconds for one in some) for peer, some in took.items()},
        {peer: max(one.peak for one in some) for peer, some in took.items()},
        all(one.blocks > 0 for some in took.values() for one in some),
    )


def verified(programs: Programs, cell: Cell, array: Path, scratch: Path) -> None:
    """Stop unless all peers read, or write, the same elements.

    Raises
    ------
    DifferentError
        They do not.
    """
    digests = {}
    for peer in programs.names():
        if cell.work == "round":
            if measure(programs, peer, cell, array, scratch) is not None:
                whole = replace(cell, work="all")
                digests[peer] = digest(programs, PYTHON[0], whole, scratch / "target")
        else:
            digests[peer] = digest(programs, peer, cell, array)
    found = {value for value in digests.values() if value is not None}
    if cell.work == "round":
        found.add(str(digest(programs, PYTHON[0], replace(cell, work="all"), array)))
    if len(found) > 1:
        raise DifferentError(f"{cell.name}: the peers have other elements: {digests}")


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the page."""
    options = _parsed(arguments)
    programs = Programs(options.peers, options.tools, options.ours)
    wanted = [cell for cell in cells(options.concurrency) if options.cell in cell.name]
    if not can_forget():
        wanted = [cell for cell in wanted if not cell.cold]
    if not wanted:
        print(f"./dev bench: no cell has {options.cell!r} in its name", file=sys.stderr)
        return 2
    random, results = Random(0), []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as folder:
        # A new process counts the memory of the one that starts it, so this one stays small.
        run([sys.executable, str(DATA), folder, str(SIDES[options.size])])
        arrays = {name: Path(folder) / name for name in ARRAYS}
        scratch = Path(folder) / "scratch"
        try:
            seen: set[tuple[str, str]] = set()
            for cell in wanted:
                scratch.mkdir()
                if (cell.array, cell.work) not in seen:
                    verified(programs, cell, arrays[cell.array], scratch)
                    seen.add((cell.array, cell.work))
                given = (programs, cell, arrays[cell.array], scratch, options.rounds, random)
                results.append(measured(*given))
                shutil.rmtree(scratch)
                print(f"  {cell.name}: measured", file=sys.stderr, flush=True)
        except (FailedError, DifferentError) as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return 1
    from bench.zarr_benchmarks.report import as_json, page

    document = as_json(results, options.size, options.rounds, programs)
    text = page(document)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        options.json.with_suffix(".md").write_text(text, encoding="utf-8")
    return 0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev bench --table zarr_benchmarks",
        description=f"{__doc__} Ours: {', '.join(OURS)}; others: {', '.join(PYTHON)}.",
    )
    parser.add_argument(
        "--peers", type=Path, required=True, help="the Python of an environment with the others"
    )
    parser.add_argument(
        "--ours", type=Path, default=Path(sys.executable), help="the Python of one with the fork"
    )
    parser.add_argument("--tools", type=Path, help="a folder with the programs of zarrs_tools")
    parser.add_argument("--size", choices=SIDES, default="full", help="512 KiB, 256 MiB or 2 GiB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, nargs="+", default=(1, 2, 4, 8))
    parser.add_argument("--cell", metavar="TEXT", default="", help="only cells with TEXT in them")
    parser.add_argument("--folder", type=Path, help="where the arrays are written for the run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the result, and a .md too")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or min(options.concurrency) < 1:
        parser.error("--rounds and --concurrency are 1 or more")
    options.concurrency = tuple(options.concurrency)
    return options


if __name__ == "__main__":
    raise SystemExit(main())
