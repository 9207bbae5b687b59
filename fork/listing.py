"""``./dev seams``: what the fork inserts into upstream, for a reviewer."""

from __future__ import annotations

import argparse
import sys
import tomllib
from textwrap import wrap
from typing import TYPE_CHECKING

from fork import ForkError
from fork.assemble import assemble
from fork.fetch import ROOT, fetch_wheel
from fork.pin import load_pin
from fork.upstream import from_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fork.weave import Insertion

__all__ = ["grouped", "listing", "main"]


def listing(insertions: Mapping[str, list[Insertion]]) -> Iterator[str]:
    """The lines of the listing: each seam with its place, text and reasons, then the totals."""
    for path in sorted(insertions):
        yield f"zarr/{path}"
        for insertion in sorted(insertions[path], key=lambda i: i.line):
            seam = insertion.seam
            yield f"  after line {insertion.line}: {seam.op} in {seam.target or 'the module'}"
            yield from (f"    + {line.decode().rstrip()}" for line in insertion.lines)
            yield f"    why: {seam.why}"
            yield f"    delete when: {seam.delete_when}"
        yield ""
    yield _totals(insertions)


def grouped(insertions: Mapping[str, list[Insertion]]) -> Iterator[str]:
    """The listing by reason: each with its places, those with the most seams first."""
    reasons: dict[str, list[Insertion]] = {}
    for path in sorted(insertions):
        for insertion in insertions[path]:
            reasons.setdefault(insertion.seam.why, []).append(insertion)
    for why, found in sorted(reasons.items(), key=lambda item: -len(item[1])):
        places: dict[tuple[str, str], list[str]] = {}
        for seam in (insertion.seam for insertion in found):
            places.setdefault((seam.path, seam.op), []).append(seam.target or "the module")
        told = "; ".join(f"{path} {op}: {', '.join(t)}" for (path, op), t in places.items())
        yield from wrap(f"{len(found)}: {why} ({told})", 100, subsequent_indent="    ")
    yield _totals(insertions)


def _totals(insertions: Mapping[str, list[Insertion]]) -> str:
    every = [insertion for found in insertions.values() for insertion in found]
    lines = sum(len(insertion.lines) for insertion in every)
    return f"{len(every)} seams in {len(insertions)} files: {lines} lines inserted, none changed"


def main(arguments: list[str] | None = None) -> int:
    """Print the seams of this checkout, located in the pinned wheel."""
    parser = argparse.ArgumentParser(prog="./dev seams", description=__doc__)
    parser.add_argument("--full", action="store_true", help="each seam with its text and its end")
    chosen = parser.parse_args(arguments)
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    try:
        upstream = from_wheel(fetch_wheel(load_pin(ROOT / "fork" / "upstream.toml")))
        assembly = assemble(ROOT, upstream, document["project"]["version"])
    except ForkError as error:
        print(f"zarr fork: {error}", file=sys.stderr)
        return 1
    print("\n".join((listing if chosen.full else grouped)(assembly.insertions)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
