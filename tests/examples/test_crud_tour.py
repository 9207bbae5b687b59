"""The tour runs, with its own checks, on every backend."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOUR = Path(__file__).parents[2] / "examples" / "crud_tour" / "crud_tour.py"


def test_the_tour_runs_on_every_backend() -> None:
    """Catches an example that no longer works."""
    done = subprocess.run([sys.executable, TOUR], check=True, capture_output=True, text=True)
    assert "-- reference" in done.stdout
    assert "-- zarrs\n" in done.stdout
