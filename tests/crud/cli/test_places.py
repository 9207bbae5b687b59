"""Locations name stores and nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from zarr import crud
from zarr.crud._cli.failures import CommandError, UsageError
from zarr.crud._cli.places import opened
from zarr.storage import LocalStore, ZipStore


def test_folders_and_archives_are_opened_for_reading(ocean: Path, archive: Path) -> None:
    """Catches a store that could be written."""
    for path, kind in ((ocean, LocalStore), (archive, ZipStore)):
        with opened(f"{path}/deep/heat/", {}) as place:
            assert isinstance(place.store, kind)
            assert place.store.read_only
            assert crud.read_metadata(place.store, path=place.path)["shape"] == [6, 4]
            assert place.name == str(path / "deep" / "heat")


def test_a_file_url_is_a_path(ocean: Path) -> None:
    """Catches a URL that is taken for a relative path."""
    with opened(f"file://{ocean}", {}) as place:
        assert crud.read_metadata(place.store).node_type == "group"


def test_reading_tidies_nothing_up(ocean: Path) -> None:
    """Catches a list that removes what a killed process has left, while somebody only looks."""
    import os

    left = ocean / f".{'0' * 32}.crud.partial"
    left.write_bytes(b"")
    os.utime(left, (0, 0))
    with opened(str(ocean), {}) as place:
        crud.list_children(place.store)
    assert left.exists()


@pytest.mark.parametrize("name", ["", "none", "ocean.zarr/zarr.json"])
def test_other_things_are_refused(ocean: Path, name: str) -> None:
    """Catches a traceback, or an empty store."""
    where = str(ocean.parent / name) if name else ""
    with pytest.raises((CommandError, UsageError)), opened(where, {}):
        pass
