"""The command `zarr-crud` of the overlay."""

from __future__ import annotations

import tomllib

from fork.fetch import ROOT
from tests.overlay.conftest import Folders


def scripts(file: str) -> dict[str, str]:
    """The console scripts of a distribution."""
    found: dict[str, str] = tomllib.loads((ROOT / file).read_text())["project"]["scripts"]
    return found


def test_both_distributions_have_the_command() -> None:
    """Catches a command that only one of them has."""
    assert set(scripts("packages/zarr-crud/pyproject.toml")) == {"zarr-crud"}
    assert "zarr-crud" in scripts("pyproject.toml")


def test_it_runs_where_nothing_makes_the_packages_importable(folders: Folders) -> None:
    """Catches a script that needs the `.pth` file, or the fork."""
    place = scripts("packages/zarr-crud/pyproject.toml")["zarr-crud"]
    module, _, function = place.partition(":")
    code = f"import sys; from {module} import {function}; sys.argv = ['zarr-crud', 'engines']\n"
    said = folders.said(f"{code}{function}()")
    assert [line.split()[0] for line in said.splitlines()] == ["reference", "zarrista", "zarrs"]
