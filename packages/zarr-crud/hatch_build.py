"""The build hook: the packages of the repository that need no seams, in a folder of this wheel."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# In a checkout, and in an sdist.
PLACES = ("../../src/zarr", "packages")


class OverlayBuildHook(BuildHookInterface[Any]):
    """Take the packages from the checkout, or from the sdist that is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Say which files come from where; a refusal ends the build with its one sentence."""
        root = Path(self.root)
        if self.target_name == "wheel" and version == "editable":
            # An editable install finds the packages in the checkout.
            build_data["force_include_editable"][str(root / "src/zarr_crud.pth")] = "zarr_crud.pth"
            return
        target = "zarr_crud/_zarr" if self.target_name == "wheel" else PLACES[1]
        for package in packages(root):
            build_data["force_include"][str(package)] = f"{target}/{package.name}"


def packages(root: Path) -> Iterator[Path]:
    """The packages that work without the seams of the fork."""
    finder = runpy.run_path(str(root / "src/_zarr_crud_finder.py"), run_name="finder")
    for place in PLACES:
        source = (root / place).resolve()
        if (source / "crud" / "__init__.py").is_file():
            break
    else:
        sys.exit("zarr-crud: the packages are missing; build in a checkout, or from an sdist.")
    for package in sorted(source.iterdir()):
        if (package / "__init__.py").is_file() and package.name not in finder["NEEDS_SEAMS"]:
            yield package
