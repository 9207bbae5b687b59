"""What is at a target is deleted, all but the marker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud import Location
from zarr.crud._archives.keys import MARKER
from zarr.crud._repack.clearing import clear, free_name
from zarr.crud._stores.location import put
from zarr.crud._stores.trees import list_keys
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from zarr.abc.store import Store


def test_only_the_marker_and_neighbours_stay(store: Store) -> None:
    """Catches keys that are left for a resumed repack, a lost marker, and a lost neighbour."""
    names = (f"a/{MARKER}", "a/zarr.json", "a/c/0/1", "a/note", "ab/c/0", "a.b")
    for name in names:
        put(store, name, b"x")
    clear(Location(store, "a"))
    assert list_keys(Location(store, "")) == sorted({names[0], *names[4:]})


def test_documents_at_the_root_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a half-deleted array that opens."""
    deleted: list[str] = []
    monkeypatch.setattr(MemoryStore, "delete_sync", lambda _, key: deleted.append(key))
    store = MemoryStore()
    for name in ("c/0", ".zarray", "zarr.json", "a/zarr.json"):
        put(store, name, b"x")
    clear(Location(store, ""))
    assert set(deleted[:2]) == {".zarray", "zarr.json"}
    assert len(deleted) == 4


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Catches an archive elsewhere that is emptied through a link."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "zarr.json").write_text("mine")
    (tmp_path / "link").symlink_to("other")
    free_name(Location(LocalStore(tmp_path), "link"))
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "other" / "zarr.json").read_text() == "mine"
