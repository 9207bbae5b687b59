"""``./dev seams``: what the fork inserts into upstream, for a reviewer."""

from __future__ import annotations

import sys
import tomllib
from typing import TYPE_CHECKING

from fork import ForkError
from fork.assemble import assemble
from fork.fetch import ROOT, fetch_wheel
from fork.pin import load_pin
from fork.upstream import from_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fork.weave import Insertion

__all__ = ["listing", "main"]


def listing(insertions: Mapping[str, list[Insertion]]) -> Iterator[str]:
    """The lines of the listing: each seam with its place, text and reasons, then the totals."""
    lines = 0
    for path in sorted(insertions):
        yield f"zarr/{path}"
        for insertion in sorted(insertions[path], key=lambda i: i.line):
            seam = insertion.seam
            lines += len(insertion.lines)
            yield f"  after line {insertion.line}: {seam.op} in {seam.target or 'the module'}"
            yield from (f"    + {line.decode().rstrip()}" for line in insertion.lines)
            yield f"    why: {seam.why}"
            yield f"    delete when: {seam.delete_when}"
        yield ""
    count = sum(map(len, insertions.values()))
    yield f"{count} seams in {len(insertions)} files: {lines} lines inserted, none changed"


def main() -> int:
    """Print the seams of this checkout, located in the pinned wheel."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    try:
        upstream = from_wheel(fetch_wheel(load_pin(ROOT / "fork" / "upstream.toml")))
        assembly = assemble(ROOT, upstream, document["project"]["version"])
    except ForkError as error:
        print(f"zarr fork: {error}", file=sys.stderr)
        return 1
    print("\n".join(listing(assembly.insertions)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
