"""What checks of an archive cost, beside reading it.

.venv/bin/python -m bench.verify                  # some minutes
.venv/bin/python -m bench.verify --mebibytes 64   # a minute
"""

from __future__ import annotations

import argparse
import tempfile
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.streams import LAYOUTS, Layout, field, timed
from zarr import crud
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable


def measured(layout: Layout, folder: Path, mebibytes: int, rounds: int) -> dict[str, float]:
    """Return the median seconds of reads and of checks of one array; the ways take turns."""
    document = layout.create(folder, mebibytes)
    crud.write_chunks(document, folder, field(document.shape, layout.piece), engine="zarrs")
    store = LocalStore(folder)
    every: Any = ...
    ways: dict[str, Callable[[], object]] = {
        "iter_chunks": lambda: deque(
            crud.iter_chunks(document, store, every, engine="zarrs"), maxlen=0
        ),
        "read_region": lambda: crud.read_region(document, store, every, engine="zarrs"),
        "decode": lambda: checked(folder, level="decode"),
        "digest": lambda: checked(folder, digest=True),
        "index": lambda: checked(folder, level="index"),
        "list": lambda: checked(folder, level="list"),
    }
    return timed(ways, rounds)


def checked(folder: Path, **options: Any) -> None:
    """Verify a sound archive."""
    report = crud.verify(folder, engine="zarrs", **options)
    if report.findings:
        raise SystemExit(f"FAILED: {report}")


def line(layout: Layout, found: dict[str, float]) -> str:
    """The row of one layout: milliseconds, and the speed of the check by that of the reads."""
    times = " | ".join(f"{1e3 * seconds:.0f}" for seconds in found.values())
    ratios = (found[name] / found["decode"] for name in ("iter_chunks", "read_region"))
    return f"| {layout.name} | {times} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |"


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=512, help="the size of each array")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    ways = "iter_chunks | read_region | decode | digest | index | list"
    print(f"| ms | {ways} | iter_chunks / decode | read_region / decode |")
    print("|---|" + "--:|" * 8)
    for layout in LAYOUTS:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found = measured(layout, Path(folder) / "a", options.mebibytes, options.rounds)
        print(line(layout, found), flush=True)


if __name__ == "__main__":
    main()
