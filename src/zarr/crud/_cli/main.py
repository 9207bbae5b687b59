"""The console script `zarr-crud`."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Final

NEEDED: Final = ("typer", "rich")

INTERRUPTED: Final = 130
"""The exit status after Ctrl-C, as shells report it."""


def missing() -> str | None:
    """Return what to install for the command line; `None` if everything is there."""
    absent = [name for name in NEEDED if find_spec(name) is None]
    if not absent:
        return None
    return (
        f"the command line needs the package {absent[0]!r}, which is not installed; "
        "run: pip install typer"
    )


def main() -> None:
    """Run the command line on the arguments of the process."""
    reason = missing()
    if reason is not None:
        sys.exit(f"error: {reason}")
    try:
        import_module("zarr.crud._cli.app").app(prog_name="zarr-crud")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
