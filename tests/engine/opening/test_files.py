"""Small files are read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from zarr._engine.opening.files import PIECE, contents_of


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_file_of_any_size_is_read_whole(size: int, tmp_path: Path) -> None:
    """Catches a document that is cut off."""
    (tmp_path / "a").write_bytes(b"x" * size)
    assert contents_of(str(tmp_path / "a")) == b"x" * size


def test_what_is_no_file_is_an_error_and_leaves_no_descriptor(tmp_path: Path) -> None:
    """Catches a folder that reads as an empty file, and a descriptor that stays open."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("", "none"):
        with pytest.raises(OSError, match="directory"):
            contents_of(str(tmp_path / name))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
