"""The build hook: hatchling asks for files, the assembler makes them."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ForkBuildHook(BuildHookInterface[Any]):
    """Assemble the fork for a wheel, or the live tree that an editable install points at."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the package; every refusal ends the build with its one sentence."""
        if self.target_name != "wheel":
            return
        # hatchling runs this file by its path, so its neighbours are not importable yet.
        sys.path.insert(0, self.root)
        from fork import ForkError
        from fork.build import build_live, build_wheel

        root = Path(self.root)
        try:
            if version == "editable":
                build_live(root, self.metadata.version)
            else:
                self._scratch = TemporaryDirectory(prefix="zarr-fork-")
                build_wheel(root, self.metadata.version, Path(self._scratch.name))
                build_data["force_include"][self._scratch.name] = "zarr"
        except ForkError as error:
            sys.exit(f"zarr fork: {error}")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Drop the scratch copy."""
        scratch = getattr(self, "_scratch", None)
        if scratch is not None:
            scratch.cleanup()
