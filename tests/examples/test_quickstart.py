"""The code in the README is the code that runs here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

import zarr

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples/quickstart/quickstart.py"


def test_readme_shows_the_script_verbatim() -> None:
    """Catches code in the README that was never run."""
    blocks = (ROOT / "README.md").read_text().split("```")
    assert f"python\n{SCRIPT.read_text()}" in blocks


def test_quickstart_runs_and_stores_what_it_says(tmp_path: Path) -> None:
    """Catches an example that runs but writes something else."""
    command = [sys.executable, str(SCRIPT)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("zarrs says 0.97")
    assert done.stderr == ""
    native = zarr.open_array(tmp_path / "warmth.zarr", mode="r", engine="zarr")
    latitude = np.deg2rad(np.arange(180) - 89.5)
    assert np.allclose(native[...], np.cos(latitude)[:, None])
