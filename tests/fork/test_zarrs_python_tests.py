"""The environment of zarrs-python's suite has our pipeline, and not that package."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from fork import zarrs_python_tests
from fork.deselection import load_deselection
from fork.fetch import ROOT


def test_the_environment_links_all_packages_but_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a suite that passes because it tests the package that it came with."""
    asked: list[list[str]] = []
    packages, folder = tmp_path / "packages", tmp_path / "env"
    for name in ("zarrs", "zarrs-0.2.3.dist-info", "zarr-3.dist-info", "numpy", "_zarr.pth"):
        (packages / name).mkdir(parents=True)
    site = folder / "lib" / "python3.12" / "site-packages"

    def run(command: list[Any], **_: Any) -> Any:
        asked.append([str(word) for word in command])
        site.mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(subprocess, "run", run)
    python = zarrs_python_tests.environment(folder, packages)
    assert python == folder / "bin" / "python"
    assert {path.name for path in site.iterdir()} == {"zarr-3.dist-info", "numpy", "_zarr.pth"}
    assert asked[0][1] == "venv"
    assert "--require-hashes" in asked[1]
    assert asked[2][-1] == str(ROOT / "packages" / "zarrs-drop-in")


def test_the_list_does_not_grow() -> None:
    """Catches a list that hides what our pipeline does not do; lower the number if it shrinks."""
    found = load_deselection(ROOT / "fork" / "deselected-zarrs-python.txt")
    assert len(found.failing) == 6
    assert set(found.excluded) == {"tests/test_zarrs_http.py"}
