"""Files on a local disk: read in one piece, and replaced as a whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.crud._stores import file_locks, files

if TYPE_CHECKING:
    from pathlib import Path

DATA = bytes(range(10))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize(
    ("byte_range", "expected"),
    [
        (None, DATA),
        (RangeByteRequest(2, 5), DATA[2:5]),
        (RangeByteRequest(8, 99), DATA[8:99]),
        (RangeByteRequest(5, 5), b""),
        (RangeByteRequest(50, 60), b""),
        (OffsetByteRequest(7), DATA[7:]),
        (OffsetByteRequest(10), b""),
        (OffsetByteRequest(50), b""),
        (SuffixByteRequest(3), DATA[-3:]),
        (SuffixByteRequest(10), DATA),
        (SuffixByteRequest(99), DATA),
        (SuffixByteRequest(0), b""),
    ],
)
def test_a_range_is_a_slice_of_the_bytes(byte_range: Any, expected: bytes, tmp_path: Path) -> None:
    """Catches bytes from the wrong end, or an error for a range that reaches beyond the value."""
    start, length = files.extent(byte_range, len(DATA))
    assert (DATA[start : start + length], length) == (expected, len(expected))
    path = tmp_path / "value"
    path.write_bytes(DATA)
    fd = os.open(path, os.O_RDONLY)
    try:
        for _ in range(2):
            assert files.read(fd, path, byte_range) == expected
    finally:
        os.close(fd)


def test_an_absent_file_has_no_bytes(tmp_path: Path) -> None:
    """Catches an empty value for an absent file, or an error if its folder is absent or a file."""
    assert files.read_file(tmp_path / "a" / "b") is None
    files.delete(tmp_path / "a" / "b")
    (tmp_path / "empty").touch()
    assert files.read_file(tmp_path / "empty") == b""
    assert files.read_file(tmp_path / "empty" / "b") is None
    files.delete(tmp_path / "empty" / "b")


@pytest.mark.parametrize("fsync", [False, True])
@pytest.mark.parametrize("data", [b"", b"new", memoryview(b"new bytes")[::1]])
def test_a_file_is_replaced_as_a_whole(data: Any, fsync: bool, tmp_path: Path) -> None:
    """Catches a reader of the old file that sees the new one, or a temporary file that stays."""
    path = tmp_path / "a" / "value"
    files.replace(path, b"the old value", fsync=fsync)
    with path.open("rb") as old:
        files.replace(path, data, fsync=fsync)
        assert old.read() == b"the old value"
    assert path.read_bytes() == bytes(data)
    assert names(tmp_path / "a") == ["value"]
    assert not file_locks._locked


def test_a_new_file_is_created_once(tmp_path: Path) -> None:
    """Catches a value of another writer that is overwritten."""
    path = tmp_path / "a" / "value"
    assert files.create(path, b"ours", "auto", fsync=False)
    assert not files.create(path, b"later", "auto", fsync=False)
    assert path.read_bytes() == b"ours"
    dangling = tmp_path / "a" / "link"
    dangling.symlink_to(tmp_path / "nowhere")
    assert files.create(dangling, b"ours", "auto", fsync=False)
    assert dangling.read_bytes() == b"ours"
    assert names(tmp_path / "a") == ["link", "value"]
    assert not (tmp_path / "nowhere").exists()


def test_a_file_system_without_links_replaces_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a chunk that cannot be created, or that is created in spite of required locks."""

    def refuse(*_: Any) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    path = tmp_path / "value"
    assert files.create(path, b"ours", "auto", fsync=False)
    with pytest.raises(PermissionError, match="value"):
        files.create(tmp_path / "other value", b"ours", "processes", fsync=False)
    assert names(tmp_path) == ["value"]


def test_a_failed_write_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    """Catches an error about a temporary file that the caller does not know."""
    path = tmp_path / "value"
    path.mkdir()
    wrong: Any
    for wrong in (b"x", "text"):
        with pytest.raises((OSError, TypeError)) as caught:
            files.replace(path, wrong, fsync=False)
        assert getattr(caught.value, "filename", str(path)) == str(path)
        assert names(tmp_path) == ["value"]
        assert not file_locks._locked


def test_folders_are_flushed_from_the_innermost_to_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a chunk that is lost in a crash because the entry of a folder was not flushed."""
    flushed: list[Path] = []
    sync = files._sync_folder

    def noted(folder: Path) -> None:
        flushed.append(folder)
        sync(folder)

    monkeypatch.setattr(files, "_sync_folder", noted)
    path = tmp_path / "a" / "c" / "0"
    files.replace(path, b"x", fsync=True)
    files.flush([path], tmp_path)
    assert flushed == [tmp_path / "a" / "c", tmp_path / "a", tmp_path]
    files.sync_folders([tmp_path / "gone" / "value"], tmp_path)
    assert flushed[-1] == tmp_path
