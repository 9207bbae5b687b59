"""`verify` checks, and deletes only what it is told to."""

from __future__ import annotations

import os
from pathlib import Path

from typer.testing import CliRunner

from tests.crud.cli.running import error, found, run, said
from zarr.crud._cli.app import app


def leftover(ocean: Path) -> Path:
    """What a killed writer leaves behind."""
    left = ocean / "depth" / f".{'0' * 32}.crud.partial"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    return left


def test_an_intact_archive_is_a_success(ocean: Path, archive: Path) -> None:
    """Catches a note that is taken for an error."""
    for place in (ocean, archive):
        report = found("verify", place, "--digest")
        assert report["ok"]
        assert all(array["digest"] for array in report["arrays"])
    assert "depth" in said("verify", ocean)


def test_damage_is_a_failure(ocean: Path) -> None:
    """Catches damage that only the text shows."""
    (ocean / "depth" / "c" / "1" / "1").write_bytes(b"damaged")
    assert run("verify", ocean, "--level", "list").exit_code == 0
    result = run("verify", ocean, "--level", "decode", status=1)
    assert "error: undecodable: depth/c/1/1" in result.stdout
    assert result.stderr == ""


def test_nothing_is_deleted_without_consent(ocean: Path) -> None:
    """Catches a file that is gone before anybody has agreed."""
    left = leftover(ocean)
    said("verify", ocean)
    assert left.exists()
    result = CliRunner().invoke(app, ["verify", str(ocean), "--repair"], input="n\n")
    assert left.name in result.output
    assert left.exists()


def test_strays_are_deleted_with_consent(ocean: Path) -> None:
    """Catches a chunk of the grid that is deleted, or one beyond it that stays."""
    beyond = ocean / "depth" / "c" / "9" / "9"
    beyond.parent.mkdir()
    beyond.write_bytes(b"x")
    report = found("verify", ocean, "--repair", "--beyond-grid", "--yes")
    assert report["deleted"] == ["depth/c/9/9"]
    assert not beyond.exists()
    assert (ocean / "depth" / "c" / "2" / "2").exists()


def test_mistakes_are_one_sentence(ocean: Path, archive: Path) -> None:
    """Catches flags that contradict each other."""
    error("verify", ocean, "--digest", "--level", "list", status=2)
    error("verify", ocean, "--yes", status=2)
    error("verify", ocean, "--repair", "--json", status=2)
    error("verify", ocean / "none")
    assert run("verify", archive, "--repair", "--yes", status=1).stderr.startswith("error: ")
