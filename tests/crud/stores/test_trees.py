"""All keys below a node: listed, and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zarr.crud import Location
from zarr.crud._stores import leftovers
from zarr.crud._stores.location import put
from zarr.crud._stores.trees import (
    as_it_is,
    delete_tree,
    list_keys,
    list_names,
    list_prefixes,
)
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

KEYS = ["a/c/0/0", "a/zarr.json", "ab/zarr.json", "b", "zarr.json"]


def filled(store: Store) -> Store:
    for key in KEYS:
        put(store, key, key.encode())
    return store


def test_keys_are_listed_below_a_node_and_relative_to_it(store: Store) -> None:
    """Catches siblings whose name has the same prefix, or names of folders among the keys."""
    filled(store)
    assert list_keys(Location(store, "")) == KEYS
    assert list_keys(Location(store, "a")) == ["c/0/0", "zarr.json"]
    assert list_keys(Location(store, "none")) == []
    assert list_names(Location(store, "")) == ["a", "ab", "b", "zarr.json"]
    assert list_names(Location(store, "a")) == ["c", "zarr.json"]
    assert list_names(Location(store, "none")) == []
    assert set(list_prefixes(Location(store, ""))) >= {"a", "ab"}


@pytest.mark.parametrize(
    ("path", "left"),
    [("a", KEYS[2:]), ("a/c", KEYS[1:]), ("none", KEYS), ("", [])],
)
def test_a_tree_is_deleted_without_its_siblings(store: Store, path: str, left: list[str]) -> None:
    """Catches a neighbor that is deleted because its name has the same prefix."""
    delete_tree(Location(filled(store), path))
    assert list_keys(Location(store, "")) == left


def test_the_root_of_a_local_store_is_kept(tmp_path: Path) -> None:
    """Catches a deleted mount point, or the deleted target of a link."""
    root, kept = tmp_path / "root", tmp_path / "kept"
    filled(LocalStore(root))
    kept.mkdir()
    (kept / "file").touch()
    (root / "link").symlink_to(kept)
    delete_tree(Location(LocalStore(root), ""))
    assert list(root.iterdir()) == []
    assert (kept / "file").exists()
    delete_tree(Location(LocalStore(tmp_path / "none"), ""))


def test_a_place_can_be_listed_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a listing that removes files where only a look was asked for."""
    monkeypatch.setattr(leftovers, "AGE", -1.0)
    left = tmp_path / f"zarr.json.{'ab' * 16}{leftovers.SUFFIX}"
    left.write_bytes(b"left")
    location = Location(LocalStore(tmp_path), "")
    assert list_names(as_it_is(location)) == list_keys(as_it_is(location)) == [left.name]
    assert left.exists()
    list_names(location)
    assert not left.exists()
    assert list_names(as_it_is(Location(LocalStore(tmp_path / "none"), "a"))) == []
