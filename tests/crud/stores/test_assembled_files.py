"""Files made of pieces of others."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from zarr.crud._stores import assembled_files
from zarr.crud._stores.assembled_files import FilePiece, assemble, copy_file

DATA = os.urandom(700_001)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("by_system", [True, False])
def test_pieces_are_joined_in_order(
    by_system: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a piece of another place, or bytes that the system did not copy at once."""

    def refuse(*_: Any) -> int:
        raise OSError(errno.EXDEV, "another device")

    if not by_system:
        monkeypatch.setattr(os, "copy_file_range", refuse)
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    (tmp_path / "one").write_bytes(DATA)
    (tmp_path / "other").write_bytes(b"other")
    target = tmp_path / "new" / "folder" / "x"
    pieces: list[Any] = [
        b"ab",
        FilePiece(one, 1, 300_000),
        FilePiece(other, 2, 3),
        FilePiece(one, 0, 5),
        b"",
    ]
    assemble(str(target), pieces, fsync=True)
    assert target.read_bytes() == b"ab" + DATA[1:300_001] + b"her" + DATA[:5]
    assert copy_file(one, str(target)) == len(DATA)
    assert target.read_bytes() == DATA
    assert sorted(path.name for path in target.parent.iterdir()) == ["x"]


def test_a_piece_beyond_its_file_leaves_the_old_value(tmp_path: Path) -> None:
    """Catches a shorter value, or a temporary file that stays."""
    (tmp_path / "one").write_bytes(b"123")
    (tmp_path / "x").write_bytes(b"old")
    for piece in (FilePiece(str(tmp_path / "one"), 1, 300_000), FilePiece("none", 0, 1)):
        with pytest.raises(OSError, match=r"a file ends|No such file") as caught:
            assemble(str(tmp_path / "x"), [piece])
        assert caught.value.filename in (str(tmp_path / "x"), "none")
    assert (tmp_path / "x").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "x"]


def test_many_sources_do_not_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a descriptor for each piece of a shard."""
    before, seen = open_files(), []

    def write(fd: int, data: Any, do: Any = os.write) -> int:
        seen.append(open_files())
        return int(do(fd, data))

    for number in range(50):
        (tmp_path / f"s{number}").write_bytes(bytes([number]))
    monkeypatch.setattr(os, "write", write)
    assemble(str(tmp_path / "x"), [FilePiece(str(tmp_path / f"s{n}"), 0, 1) for n in range(50)])
    assert (tmp_path / "x").read_bytes() == bytes(range(50))
    assert max(seen) <= before + assembled_files._MOST_OPEN + 2
    assert open_files() == before


def test_a_temporary_file_that_is_taken_for_a_leftover_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a value that is lost because a wrong clock made its file seem old."""
    (tmp_path / "one").write_bytes(DATA)
    removed: list[Any] = []

    def replace(name: Any, path: Any, do: Any = os.replace) -> None:
        if not removed:
            removed.append(name)
            Path(name).unlink()
        do(name, path)

    monkeypatch.setattr(os, "replace", replace)
    copy_file(str(tmp_path / "one"), str(tmp_path / "x"))
    assert removed
    assert (tmp_path / "x").read_bytes() == DATA


def test_an_absent_source_and_an_empty_one(tmp_path: Path) -> None:
    """Catches an empty file that is not made, or one that is made of nothing."""
    assert copy_file(str(tmp_path / "none"), str(tmp_path / "x")) is None
    (tmp_path / "empty").write_bytes(b"")
    assert copy_file(str(tmp_path / "empty"), str(tmp_path / "x")) == 0
    assert (tmp_path / "x").read_bytes() == b""
