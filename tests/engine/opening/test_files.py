"""Small files are read whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zarr._engine.opening.files import PIECE, contents_of, put_file
from zarr.core.buffer import default_buffer_prototype
from zarr.storage._local import _put


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
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


VALUE = default_buffer_prototype().buffer.from_bytes(b"value")


def test_a_value_replaces_a_file_or_is_new(tmp_path: Path) -> None:
    """Catches a value that is not stored, or in the place of one that must stay."""
    file = tmp_path / "a" / "zarr.json"
    for _ in range(2):
        assert put_file(file, VALUE) == 5
        assert file.read_bytes() == b"value"
        file.write_bytes(b"older and longer")
    with pytest.raises(FileExistsError):
        put_file(file, VALUE, exclusive=True)
    assert file.read_bytes() == b"older and longer"
    put_file(tmp_path / "b", VALUE, exclusive=True)
    assert sorted(f.name for f in tmp_path.rglob("*")) == ["a", "b", "zarr.json"]


def test_of_two_new_files_the_first_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a file that is replaced because it was made after the look."""
    (tmp_path / "a").write_bytes(b"first")
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    with pytest.raises(FileExistsError):
        put_file(tmp_path / "a", VALUE, exclusive=True)
    assert (tmp_path / "a").read_bytes() == b"first"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupt_or_an_error_leaves_no_temporary_file(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a temporary file that nobody deletes."""

    def interrupted(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(error):
        put_file(tmp_path / "a", VALUE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["zarr.json", ".zarray", "0", "a.b/c", "none/0/0"])
def test_a_temporary_file_is_named_as_zarrs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a temporary file that lists of keys do not know as one, or in another folder."""
    named: list[Path] = []
    monkeypatch.setattr(os, "replace", lambda temporary, _: named.append(Path(temporary)))
    file = tmp_path / name
    put_file(file, VALUE)
    [temporary] = named
    unique = temporary.suffixes[-2]
    assert temporary == file.with_suffix(f"{unique}.partial")
    assert len(unique) == 33


@pytest.mark.parametrize("place", ["file/a", "file/a/b"])
def test_a_file_above_is_an_error_and_stays(place: str, tmp_path: Path) -> None:
    """Catches another error than that of zarr's store of files."""
    (tmp_path / "file").write_bytes(b"first")
    with pytest.raises(OSError, match="file") as found:
        put_file(tmp_path / place, VALUE)
    with pytest.raises(OSError, match="file") as upstreams:
        _put(tmp_path / place, VALUE)
    assert type(found.value) is type(upstreams.value)
    assert [f.name for f in tmp_path.iterdir()] == ["file"]
