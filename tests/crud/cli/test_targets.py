"""Places that commands write to."""

from __future__ import annotations

from pathlib import Path

import pytest

import zarr
from zarr.crud._cli.failures import CommandError, UsageError
from zarr.crud._cli.targets import planned, target, writable
from zarr.storage import ZipStore


def test_an_archive_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    """Catches half an archive, or a temporary file that stays."""
    where = tmp_path / "a.zip"
    with target(str(where), {}) as store:
        zarr.create_array(store, shape=3, dtype="i2")
        assert not where.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    with ZipStore(where, mode="r") as made:
        assert zarr.open_array(made, mode="r").shape == (3,)


def test_a_failure_leaves_the_old_archive(tmp_path: Path) -> None:
    """Catches an archive that is lost before there is a new one."""
    where = tmp_path / "a.zip"
    where.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), target(str(where), {}, overwrite=True):
        raise KeyboardInterrupt
    assert where.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    with pytest.raises(CommandError, match="--overwrite"), target(str(where), {}):
        pass


def test_a_folder_is_itself(tmp_path: Path) -> None:
    """Catches a folder that is made before anything is written."""
    with target(f"file://{tmp_path}/a.zarr", {}) as store:
        assert store == tmp_path / "a.zarr"
    assert not (tmp_path / "a.zarr").exists()
    with pytest.raises(UsageError), target(str(tmp_path), {"anon": True}):
        pass


def test_a_plan_makes_nothing(tmp_path: Path) -> None:
    """Catches an empty archive that a dry run leaves behind."""
    assert planned(str(tmp_path / "a.zip"), {}) == {}
    assert planned(str(tmp_path / "a"), {}) == tmp_path / "a"
    assert list(tmp_path.iterdir()) == []


def test_archives_cannot_be_repaired(archive: Path) -> None:
    """Catches a deletion that an archive does not have."""
    with pytest.raises(CommandError, match="nothing can be deleted"):
        writable(str(archive), {})
    assert writable(str(archive.parent), {}) == archive.parent
