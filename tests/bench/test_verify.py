"""The benchmark of checks: it measures what it says, on few elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench import verify
from bench.streams import LAYOUTS
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path


def test_every_way_is_measured(tmp_path: Path) -> None:
    """Catches a way that is left out of the table."""
    found = verify.measured(LAYOUTS[2], tmp_path / "a", 16, 1)
    assert list(found) == ["iter_chunks", "read_region", "decode", "digest", "index", "list"]
    assert all(seconds > 0 for seconds in found.values())
    row = verify.line(LAYOUTS[2], dict.fromkeys(found, 0.25) | {"decode": 0.5})
    assert row == f"| {LAYOUTS[2].name} | 250 | 250 | 500 | 250 | 250 | 250 | 0.50 | 0.50 |"


def test_a_damaged_archive_ends_the_run(tmp_path: Path) -> None:
    """Catches the time of a check that did not check everything."""
    document = LAYOUTS[0].create(tmp_path / "a", 16)
    crud.write_encoded_chunk(document, tmp_path / "a", (0, 0, 0), b"?")
    with pytest.raises(SystemExit, match="FAILED"):
        verify.checked(tmp_path / "a", level="decode")


def test_the_command_prints_a_line_for_each_layout(capsys: Any) -> None:
    """Catches a command that cannot be run."""
    verify.main(["--mebibytes", "16", "--rounds", "1"])
    assert len(capsys.readouterr().out.splitlines()) == 2 + len(LAYOUTS)
