"""One build: read the pinned requirement, check it, assemble, write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fork.assemble import Assembly, assemble, overlay
from fork.metadata import check_licences, check_metadata
from fork.pin import load_pin
from fork.tree import write_copy, write_live
from fork.upstream import installed

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LICENCES", "LIVE", "build_live", "build_wheel"]

# Where an editable install finds the package, and where upstream's licence texts are kept.
LIVE = "build/fork/zarr"
LICENCES = "LICENSES/zarr-python"


def build_wheel(root: Path, version: str, target: Path) -> None:
    """Write the package as plain files to the empty folder `target`."""
    assembly, ours = _assembled(root, version)
    write_copy(target, assembly.files, ours)


def build_live(root: Path, version: str) -> None:
    """Bring the live tree up to date."""
    assembly, ours = _assembled(root, version)
    write_live(root / LIVE, assembly.files, ours)


def _assembled(root: Path, version: str) -> tuple[Assembly, list[Path]]:
    pin = load_pin(root / "fork" / "upstream.toml")
    upstream = installed(pin)
    assembly = assemble(root, upstream, version)
    check_metadata(root / "pyproject.toml", upstream, pin)
    check_licences(root / LICENCES, upstream)
    return assembly, overlay(root / "src" / "zarr", upstream.files)
