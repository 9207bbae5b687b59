"""All that is measured of many reads and writes, in one run, as a page.

.venv/bin/python -m bench.many bench/results/DATE-many.md
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import batches, kept_chunks, loaders, streams
from bench.report import PACKAGES, machine

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: Final[dict[str, Callable[[], None]]] = {
    "Rows of a sparse matrix, and samples": loaders.main,
    "A cache of decoded chunks": kept_chunks.main,
    "Batches of writes": batches.main,
    "Streams": lambda: streams.main([]),
}


def page(parts: dict[str, Callable[[], None]]) -> str:
    """Run the parts, and return what they print, with the machine and the packages."""
    today = datetime.now(tz=UTC).date()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    said = [f"# Many reads and many writes, {today}\n\n{machine()}; {packages}.\n"]
    for title, run in parts.items():
        print(title, file=sys.stderr)
        printed = io.StringIO()
        with redirect_stdout(printed):
            run()
        said.append(f"## {title}\n\n{printed.getvalue().strip()}\n")
    return "\n".join(said)


def main(file: str) -> None:
    """Write the page."""
    Path(file).write_text(page(PARTS), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
