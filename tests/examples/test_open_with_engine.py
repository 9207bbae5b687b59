"""The example of engines runs, with its own checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "open_with_engine" / "open_with_engine.py"


def test_the_example_runs_with_every_engine() -> None:
    """Catches an example that no longer works."""
    done = subprocess.run([sys.executable, EXAMPLE], check=True, capture_output=True, text=True)
    for line in ("zarr: all of it", "zarrs: all of it", "auto: zarrs serves it", "refused: "):
        assert f"\n{line}" in f"\n{done.stdout}"
