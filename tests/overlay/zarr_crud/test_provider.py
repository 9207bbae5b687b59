"""It is told whether the fork or the overlay is in use, and whether arrays have engines."""

from __future__ import annotations

import zarr_crud
from tests.overlay.conftest import Folders
from zarr_crud._provider import provider, require_engines

SAY = "import zarr_crud; print(zarr_crud.provider())"


def test_the_fork_is_recognised() -> None:
    """Catches a guard that refuses the fork."""
    assert zarr_crud.provider() == provider() == "fork"
    require_engines()


def test_the_overlay_is_recognised(folders: Folders) -> None:
    """Catches a program that takes zarr-python for the fork."""
    assert folders.said(SAY) == "overlay"
    assert folders.said(f"{folders.started()}{SAY}") == "overlay"


def test_to_ask_does_not_import_the_packages(folders: Folders) -> None:
    """Catches a guard that takes as long as the use of the packages."""
    code = f"{SAY}; import sys; print('zarr.crud' in sys.modules)"
    assert folders.said(code).split() == ["overlay", "False"]


def test_without_the_fork_engines_are_refused_in_one_sentence(folders: Folders) -> None:
    """Catches a program that runs on zarr's own path, and nobody notices."""
    done = folders.run("import zarr_crud; zarr_crud.require_engines()")
    said = done.stderr.rstrip().splitlines()[-1]
    assert said.startswith("zarr.crud._errors.UnsupportedError: arrays of zarr 3.")
    assert "engine= and array.engine have no effect on them" in said
