"""Where the values of a store are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zarr
from zarr.crud._stores.place import place_of
from zarr.storage import LocalStore, MemoryStore, ZipStore

if TYPE_CHECKING:
    from pathlib import Path


def test_a_place_changes_when_the_values_move(tmp_path: Path) -> None:
    """Catches a store that moved, or an archive that was opened again, and counts as the same."""
    store = LocalStore(tmp_path / "a")
    zarr.create_array(store, shape=3, dtype="i4")
    before = place_of(store)
    assert before is place_of(store)
    zarr.core.sync.sync(store.move(tmp_path / "b"))
    assert place_of(store) is not before
    with ZipStore(tmp_path / "a.zip", mode="w") as archive:
        zarr.create_array(archive, shape=3, dtype="i4")
        before = place_of(archive)
        assert before is not None
        assert before is place_of(archive)
    assert place_of(archive) is None
    zarr.open_array(archive)
    assert place_of(archive) not in (None, before)
    archive.close()


def test_other_stores_stay_where_they_are() -> None:
    """Catches a place that differs from call to call."""
    assert place_of(MemoryStore()) is None
