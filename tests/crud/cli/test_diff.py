"""`diff` compares archives."""

from __future__ import annotations

from pathlib import Path

from tests.crud.cli.running import found, run
from zarr import crud
from zarr.storage import LocalStore


def test_equal_archives_are_equal(ocean: Path, archive: Path) -> None:
    """Catches a difference between a folder and an archive."""
    assert run("diff", ocean, archive).exit_code == 0
    assert found("diff", ocean / "depth", archive / "depth", "--level", "elements")["ok"]


def test_an_element_is_a_difference(ocean: Path, archive: Path) -> None:
    """Catches an element that nobody compares."""
    store = LocalStore(ocean)
    document = crud.read_metadata(store, path="depth")
    crud.write_region(document, store, (6, 4), -1)
    assert run("diff", ocean, archive, "--level", "metadata").exit_code == 0
    result = run("diff", ocean, archive, "--level", "elements", status=1)
    assert "[6, 4]" in result.stdout
    assert result.stderr == ""
