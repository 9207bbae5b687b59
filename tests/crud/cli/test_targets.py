"""Places that commands write to."""

from __future__ import annotations

from pathlib import Path

import pytest

import zarr
from zarr.crud import InvalidPathError, Location
from zarr.crud._cli.failures import CommandError, UsageError
from zarr.crud._cli.targets import planned, target, writable
from zarr.storage import LocalStore, MemoryStore, ZipStore

SOURCE = Location(MemoryStore(), "")


def test_an_archive_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    """Catches half an archive, or a temporary file that stays."""
    where = tmp_path / "a.zip"
    with target(str(where), {}, source=SOURCE) as store:
        zarr.create_array(store, shape=3, dtype="i2")
        assert not where.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    with ZipStore(where, mode="r") as made:
        assert zarr.open_array(made, mode="r").shape == (3,)


def test_a_failure_leaves_the_old_archive(tmp_path: Path) -> None:
    """Catches an archive that is lost before there is a new one."""
    where = tmp_path / "a.zip"
    where.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), target(str(where), {}, source=SOURCE, overwrite=True):
        raise KeyboardInterrupt
    assert where.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    with pytest.raises(CommandError, match="--overwrite"), target(str(where), {}, source=SOURCE):
        pass


def test_an_archive_is_not_written_over_itself(tmp_path: Path) -> None:
    """Catches an archive that is replaced by a part of it, or made within its source."""
    where = tmp_path / "a.zip"
    with ZipStore(where, mode="w") as store:
        zarr.create_array(store, name="deep", shape=3, dtype="i2")
    before = where.read_bytes()
    for source in (Location(ZipStore(where, mode="r"), "deep"), Location(LocalStore(tmp_path), "")):
        with (
            pytest.raises(InvalidPathError),
            target(f"{tmp_path}/./a.zip", {}, source=source, overwrite=True),
        ):
            pass
        with pytest.raises(InvalidPathError):
            planned(str(where), {}, source=source)
    assert where.read_bytes() == before
    assert list(tmp_path.iterdir()) == [where]


def test_a_folder_is_itself(tmp_path: Path) -> None:
    """Catches a folder that is made before anything is written."""
    with target(f"file://{tmp_path}/a.zarr", {}, source=SOURCE) as store:
        assert store == tmp_path / "a.zarr"
    assert not (tmp_path / "a.zarr").exists()
    with pytest.raises(UsageError), target(str(tmp_path), {"anon": True}, source=SOURCE):
        pass


def test_a_plan_makes_nothing(tmp_path: Path) -> None:
    """Catches an empty archive that a dry run leaves behind."""
    assert planned(str(tmp_path / "a.zip"), {}, source=SOURCE) == {}
    assert planned(str(tmp_path / "a"), {}, source=SOURCE) == tmp_path / "a"
    assert list(tmp_path.iterdir()) == []


def test_archives_cannot_be_repaired(archive: Path) -> None:
    """Catches a deletion that an archive does not have."""
    with pytest.raises(CommandError, match="nothing can be deleted"):
        writable(str(archive), {})
    assert writable(str(archive.parent), {}) == archive.parent
