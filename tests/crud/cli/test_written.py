"""Files that a command writes."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from zarr.crud._cli.written import written


def test_a_file_has_its_name_when_it_is_complete(tmp_path: Path) -> None:
    """Catches a file that others see in part."""
    path = tmp_path / "a page.html"
    path.write_bytes(b"old")
    with written(path) as out:
        out.write(b"new")
        out.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("error", "filename"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "a.html"),
        (OSError(errno.EIO, "Input/output error", "chunk"), "chunk"),
        (OSError(errno.ECONNRESET, "Connection reset by peer"), None),
    ],
)
def test_a_failure_leaves_the_old_file(
    error: OSError, filename: str | None, tmp_path: Path
) -> None:
    """Catches a lost file, and an error of what is read that names the file that is written."""
    path = tmp_path / "a.html"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match=error.strerror or "") as caught, written(path):
        raise error
    assert caught.value.filename == (str(path) if filename == "a.html" else filename)
    assert "None" not in str(caught.value)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Catches an error that names a temporary file."""
    path = tmp_path / "none" / "a.html"
    with pytest.raises(FileNotFoundError) as caught, written(path):
        pass
    assert caught.value.filename == str(path)
