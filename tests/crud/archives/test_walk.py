"""Hierarchies, node by node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import zarr
from zarr import crud
from zarr.crud import Location
from zarr.crud._archives.walk import walk
from zarr.crud._stores.location import put
from zarr.errors import ZarrUserWarning
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store


def hierarchy(store: Store, version: Any) -> None:
    group = zarr.create_group(store, attributes={"title": "t"}, zarr_format=version)
    inner = group.create_group("b/inner", attributes={"n": 1})
    inner.create_array("x", shape=(7, 5), chunks=(3, 2), dtype=">i2", attributes={"units": "m"})
    group.create_array("a", shape=(), dtype="f4")


@pytest.mark.parametrize("version", [2, 3])
def test_a_group_comes_before_its_members_in_order(store: Store, version: int) -> None:
    """Catches a node that is missing, out of order, or without its attributes."""
    hierarchy(store, version)
    nodes = list(walk(Location(store, "")))
    assert [node.path for node in nodes] == ["", "a", "b", "b/inner", "b/inner/x"]
    assert [node.is_array for node in nodes] == [False, True, False, False, True]
    assert {node.zarr_format for node in nodes} == {version}
    for node in nodes:
        assert node.document == crud.read_metadata(store, path=node.path)
    assert nodes[-1].document is not None
    assert nodes[-1].document["attributes"] == {"units": "m"}
    assert [node.path for node in walk(Location(store, "b/inner"))] == ["b/inner", "b/inner/x"]


def test_copies_of_documents_are_ignored(store: Store) -> None:
    """Catches a stale copy in consolidated metadata that is taken for the document."""
    hierarchy(store, 3)
    with pytest.warns(ZarrUserWarning, match="Consolidated metadata"):
        zarr.consolidate_metadata(store)
    zarr.open_array(store, path="a").attrs["new"] = 1
    (found,) = [node for node in walk(Location(store, "")) if node.path == "a"]
    assert found.document is not None
    assert found.document["attributes"] == {"new": 1}


def test_a_damaged_document_is_told_and_the_others_are_found(store: Store) -> None:
    """Catches a walk that ends at a damaged document, or that hides it."""
    hierarchy(store, 3)
    put(store, "a/zarr.json", b"{")
    put(store, "b/inner/zarr.json", b'{"zarr_format": 3, "node_type": "wall"}')
    nodes = {node.path: node for node in walk(Location(store, ""))}
    assert list(nodes) == ["", "a", "b", "b/inner"]
    assert isinstance(nodes["a"].error, crud.DocumentError)
    assert "'a/zarr.json'" in str(nodes["a"].error)
    assert isinstance(nodes["b/inner"].error, crud.DocumentError)
    assert nodes["b/inner"].document is None


def test_without_a_node_nothing_is_found(store: Store) -> None:
    """Catches an error, or a node that is none."""
    assert list(walk(Location(store, "none"))) == []


def test_a_link_in_a_circle_is_told(tmp_path: Path) -> None:
    """Catches a walk without an end through links to a folder above."""
    hierarchy(LocalStore(tmp_path / "root"), 3)
    for name in ("loop", "b/up"):
        (tmp_path / "root" / name).symlink_to(tmp_path / "root")
    (tmp_path / "root" / "a").rename(tmp_path / "far")
    (tmp_path / "root" / "a").symlink_to(tmp_path / "far")
    nodes = {node.path: node for node in walk(Location(LocalStore(tmp_path / "root"), ""))}
    assert list(nodes) == ["", "a", "b", "b/inner", "b/inner/x", "b/up", "loop"]
    assert nodes["a"].is_array
    for name in ("loop", "b/up"):
        assert isinstance(nodes[name].error, OSError)
        assert "leads back to a folder above it" in str(nodes[name].error)
    nested = [node.path for node in walk(Location(LocalStore(tmp_path), "root/b"))]
    assert nested[:3] == ["root/b", "root/b/inner", "root/b/inner/x"]
    assert len(nested) < 20


@pytest.mark.parametrize("key", ["/zarr.json", "//", "", "../zarr.json", "b//zarr.json", "b/./x"])
def test_names_that_no_node_has_are_skipped(key: str) -> None:
    """Catches a walk that never ends at a store with an empty name, or that raises."""
    store = MemoryStore()
    hierarchy(store, 3)
    expected = [node.path for node in walk(Location(store, ""))]
    store._store_dict[key] = store._store_dict["zarr.json"]
    assert [node.path for node in walk(Location(store, ""))] == expected


def test_groups_may_be_nested_to_any_depth() -> None:
    """Catches a walk that ends at the limit of Python's stack."""
    store, depth = MemoryStore(), 1300
    zarr.create_group(store)
    for level in range(1, depth + 1):
        store._store_dict["g/" * level + "zarr.json"] = store._store_dict["zarr.json"]
    assert sum(1 for _ in walk(Location(store, ""))) == depth + 1
