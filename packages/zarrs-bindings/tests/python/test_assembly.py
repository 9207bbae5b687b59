"""The arguments of `assemble_files`, and what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import _zarrs_bindings as zb

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_made_of_bytes_and_of_parts(tmp_path: Path) -> None:
    """Catches pieces in another order, and a call that is not counted."""
    before = zb.counters()["assemble_files"]
    part = (str(tmp_path / "x"), 1, 2, None)
    files: list[Any] = [(str(tmp_path / "x"), [b"01", b"23"]), (str(tmp_path / "y"), [part, b"!"])]
    assert zb.assemble_files(files, fsync=False) == [4, 3]
    assert (tmp_path / "x").read_bytes() == b"0123"
    assert (tmp_path / "y").read_bytes() == b"12!"
    assert zb.counters()["assemble_files"] == before + 1
    assert zb.assemble_files([(str(tmp_path / "z"), [])], fsync=False) == [0]
    assert (tmp_path / "z").read_bytes() == b""


@pytest.mark.parametrize(
    "piece",
    ["text", ("x", 0), ("x", 0, 1), ("x", -1, 2, None), ("x", 0, -2, None), (b"x", 0, 1, None), 5],
)
def test_other_pieces_are_refused_before_anything_is_stored(piece: Any, tmp_path: Path) -> None:
    """Catches files that were stored before an argument is found to be wrong."""
    files = [(str(tmp_path / "x"), [b"1"]), (str(tmp_path / "y"), [piece])]
    with pytest.raises((TypeError, OverflowError)):
        zb.assemble_files(files, fsync=False)
    assert list(tmp_path.iterdir()) == []


def test_the_last_item_is_an_error_of_the_system(tmp_path: Path) -> None:
    """Catches an error that is raised, so that nobody knows what was stored before it."""
    (tmp_path / "folder").mkdir()
    names = ("a", "folder", "b")
    found = zb.assemble_files([(str(tmp_path / name), [b"1"]) for name in names], fsync=False)
    assert found[0] == 1
    (error,) = found[1:]
    assert isinstance(error, IsADirectoryError)
    assert error.filename == str(tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "folder"]
