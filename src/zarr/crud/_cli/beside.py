"""Our commands for upstream's application `zarr`, which imports this first, before `typer`."""

from __future__ import annotations

import sys

from zarr.crud._cli.main import missing

_reason = missing()
if _reason is not None:
    # Only the script imports that application.
    sys.exit(f"error: {_reason}")

from zarr.crud._cli.app import adds_commands  # noqa: E402

__all__ = ["adds_commands"]
