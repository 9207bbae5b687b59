"""`python -m zarr_crud` says what is in use."""

from __future__ import annotations

import zarr
from tests.overlay.conftest import Folders
from zarr_crud.__main__ import lines

RUN = "import runpy; runpy.run_module('zarr_crud', run_name='__main__')"


def test_the_fork_and_its_engines_are_named() -> None:
    """Catches a bug report that does not show which zarr it is about."""
    first, second, third, *engines = lines()
    assert first.startswith(f"zarr {zarr.__version__} (the fork): ")
    assert second.startswith("zarr.crud of the fork: ")
    assert third == "arrays take engine=: yes"
    assert "engine 'reference': available" in engines


def test_the_overlay_is_named(folders: Folders) -> None:
    """Catches the same for an environment without the fork."""
    first, second, third, *_ = folders.said(RUN).splitlines()
    assert "(as released): " in first
    assert str(folders.stock) in first
    assert second.startswith("zarr.crud of zarr-crud 0.1.0: ")
    assert str(folders.overlay) in second
    assert third == "arrays take engine=: no"
