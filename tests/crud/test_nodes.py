"""Creating, finding and deleting nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_bad_documents import v2_members
from tests.crud.test_document import document_members
from zarr import crud
from zarr.errors import (
    ContainsArrayError,
    ContainsGroupError,
    NodeNotFoundError,
    NodeTypeValidationError,
)
from zarr.storage import LocalStore, MemoryStore, StorePath

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

GROUP: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": {"title": "t"}}
ARRAY_2 = v2_members()


def test_created_nodes_are_what_upstream_opens(engine: str, store: Store) -> None:
    """Catches arrays or groups of a format, at the root or below, that upstream does not open."""
    crud.create(GROUP, store, engine=engine)
    crud.create(document_members(), store, path="a/b", engine=engine)
    crud.create(ARRAY_2 | {"attributes": {"n": 1}}, store, path="old/c", engine=engine)
    assert dict(zarr.open_group(store, mode="r").attrs) == {"title": "t"}
    assert zarr.open_array(store, path="a/b", mode="r").shape == (7, 5)
    old = zarr.open_array(store, path="old/c", mode="r", zarr_format=2)
    assert old.chunks == (3, 2)
    assert dict(old.attrs) == {"n": 1}
    assert isinstance(zarr.open_group(store, path="a", mode="r"), zarr.Group)


def test_read_metadata_returns_what_was_created(engine: str, store: Store) -> None:
    """Catches a document of format 2 without the members of `.zattrs` under attributes."""
    crud.create(document_members(), store, path="x", engine=engine)
    crud.create(ARRAY_2 | {"attributes": {"n": 1}}, store, path="y", engine=engine)
    assert crud.read_metadata(store, path="x", engine=engine) == document_members()
    found = crud.read_metadata(store, path="y", engine=engine)
    assert found == ARRAY_2 | {"attributes": {"n": 1}}


def test_create_does_not_replace_a_node_unless_asked(engine: str, store: Store) -> None:
    """Catches an existing node that is replaced, or one that stays in spite of `overwrite`."""
    crud.create(document_members(), store, path="x", engine=engine)
    crud.write_region(document_members(), store, ..., 1, path="x", engine=engine)
    with pytest.raises(ContainsArrayError, match="overwrite=True"):
        crud.create(GROUP, store, path="x", engine=engine)
    assert crud.read_region(document_members(), store, (0, 0), path="x", engine=engine) == 1
    crud.create(GROUP, store, path="x", overwrite=True, engine=engine)
    with pytest.raises(ContainsGroupError):
        crud.create(document_members(), store, path="x", engine=engine)
    crud.create(document_members(), store, path="x", overwrite=True, engine=engine)
    assert not crud.read_region(document_members(), store, path="x", engine=engine).any()


def test_an_array_has_no_nodes_below_it(engine: str, store: Store) -> None:
    """Catches a child of an array, which could not be found."""
    crud.create(document_members(), store, path="x", engine=engine)
    with pytest.raises(ContainsArrayError, match="only a group"):
        crud.create(GROUP, store, path="x/y", engine=engine)
    with pytest.raises(ContainsArrayError, match="only a group"):
        crud.create(GROUP, store, path="x/y", overwrite=True, engine=engine)
    assert crud.read_metadata(store, path="x") == document_members()


def test_a_bad_document_leaves_the_old_node(engine: str, store: Store) -> None:
    """Catches an old node that is deleted before the new document is checked."""
    crud.create(document_members(), store, engine=engine)
    with pytest.raises(crud.DocumentError):
        crud.create(document_members(shape="x"), store, overwrite=True, engine=engine)
    assert crud.read_metadata(store) == document_members()


def test_delete_node_removes_the_subtree_only(engine: str, store: Store) -> None:
    """Catches chunks or children that stay, or a deleted sibling with the same name prefix."""
    for path in ("g/a", "g/b/c", "ga"):
        crud.create(document_members(), store, path=path, engine=engine)
        crud.write_region(document_members(), store, ..., 1, path=path, engine=engine)
    crud.delete_node(store, path="g", engine=engine)
    for path in ("g", "g/a", "g/b/c"):
        with pytest.raises(NodeNotFoundError):
            crud.read_metadata(store, path=path, engine=engine)
    assert crud.read_region(document_members(), store, path="ga", engine=engine).all()
    crud.create(document_members(), store, path="g/a", engine=engine)
    assert not crud.read_region(document_members(), store, path="g/a", engine=engine).any()


def test_what_is_not_there_is_not_found(engine: str, store: Store) -> None:
    """Catches a missing node that is read or deleted, or another error class than upstream's."""
    with pytest.raises(NodeNotFoundError, match="no array or group at 'x'"):
        crud.read_metadata(store, path="x", engine=engine)
    with pytest.raises(NodeNotFoundError, match="nothing was deleted"):
        crud.delete_node(store, path="x", engine=engine)


def test_a_misspelt_path_leaves_no_folder(engine: str, tmp_path: Path) -> None:
    """Catches a read that creates a missing folder."""
    for store in (tmp_path / "none", str(tmp_path / "none")):
        with pytest.raises(NodeNotFoundError):
            crud.read_metadata(store, engine=engine)
        found = crud.read_region(document_members(), store, (0, 0), engine=engine, detached=True)
        assert found == 0
        with pytest.raises(NodeNotFoundError):
            crud.delete_node(store, engine=engine)
    assert list(tmp_path.iterdir()) == []


def test_deleting_the_root_keeps_the_directory(engine: str, tmp_path: Path) -> None:
    """Catches a root that is deleted although it may be a mount point or a link."""
    crud.create(document_members(), tmp_path, engine=engine)
    crud.write_region(document_members(), tmp_path, ..., 1, engine=engine)
    crud.delete_node(tmp_path, engine=engine)
    assert list(tmp_path.iterdir()) == []


def test_a_linked_node_is_unlinked_not_emptied(engine: str, tmp_path: Path) -> None:
    """Catches the target of a link, which belongs to someone else, that is emptied."""
    crud.create(document_members(), tmp_path / "theirs", engine=engine)
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "x").symlink_to(tmp_path / "theirs")
    crud.delete_node(tmp_path / "ours", path="x", engine=engine)
    assert not (tmp_path / "ours" / "x").exists()
    assert crud.read_metadata(tmp_path / "theirs") == document_members()


@pytest.mark.parametrize("path", ["..", "a/../b", "a/./b", "a\0b", "../../etc"])
def test_a_path_cannot_leave_the_store(engine: str, store: Store, path: str) -> None:
    """Catches a path outside the store, for every verb that takes a path."""
    document = document_members()
    calls: list[Callable[[], object]] = [
        lambda: crud.create(document, store, path=path, engine=engine),
        lambda: crud.read_metadata(store, path=path, engine=engine),
        lambda: crud.delete_node(store, path=path, engine=engine),
        lambda: crud.read_region(document, store, path=path, engine=engine),
        lambda: crud.write_region(document, store, ..., 1, path=path, engine=engine),
        lambda: crud.read_chunk(document, store, (0, 0), path=path, engine=engine),
        lambda: crud.write_chunk(document, store, (0, 0), 1, path=path, engine=engine),
    ]
    for call in calls:
        with pytest.raises(crud.InvalidPathError):
            call()


def test_a_read_only_store_is_not_changed(engine: str, tmp_path: Path) -> None:
    """Catches a verb that deletes or encodes something before it refuses a read-only store."""
    document = document_members()
    crud.create(document, tmp_path, engine=engine)
    crud.write_region(document, tmp_path, ..., 7, engine=engine)
    before = sorted((p, p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file())
    store = LocalStore(tmp_path, read_only=True)
    calls: list[Callable[[], object]] = [
        lambda: crud.create(document, store, overwrite=True, engine=engine),
        lambda: crud.delete_node(store, engine=engine),
        lambda: crud.write_region(document, store, ..., 1, engine=engine),
        lambda: crud.write_chunk(document, store, (0, 0), 1, engine=engine),
    ]
    for call in calls:
        with pytest.raises(crud.ReadOnlyError, match="read-only mode"):
            call()
    assert before == sorted((p, p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file())


def test_a_store_may_be_named_in_every_way(engine: str, tmp_path: Path) -> None:
    """Catches a path, string, URL or store that reaches another array."""
    document = document_members()
    values = np.arange(35, dtype="i2").reshape(7, 5)
    crud.create(document, tmp_path, path="a/b", engine=engine)
    crud.write_region(document, tmp_path, ..., values, path="a/b", engine=engine)
    stores: list[tuple[Any, str]] = [
        (str(tmp_path), "a/b"),
        (f"file://{tmp_path}", "/a//b/"),
        (LocalStore(tmp_path), "a/b"),
        (StorePath(LocalStore(tmp_path), "a"), "b"),
        (StorePath(LocalStore(tmp_path), "a/b"), ""),
        (tmp_path / "a", "b"),
    ]
    for store, path in stores:
        found = crud.read_region(document, store, path=path, engine=engine)
        assert np.array_equal(found, values)


def test_a_dict_is_a_store_that_callers_hold(engine: str) -> None:
    """Catches a copy of the caller's dict: as in `zarr.open`, writes must appear in it."""
    held: dict[str, Any] = {}
    crud.create(document_members(), held, engine=engine)
    crud.write_region(document_members(), held, (0, 0), 5, engine=engine)
    assert set(held) == {"zarr.json", "c/0/0"}


def test_no_event_loop_is_started_for_synchronous_stores(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a needless thread switch, which is slow, and a deadlock on the loop's own thread."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the event loop was asked")

    monkeypatch.setattr(zarr.core.sync, "_get_loop", refuse)
    for store in (MemoryStore(), LocalStore(tmp_path)):
        crud.create(document_members(), store, path="a", engine=engine)
        crud.write_region(document_members(), store, (2, 3), 5, path="a", engine=engine)
        assert crud.read_region(document_members(), store, (2, 3), path="a", engine=engine) == 5
        crud.write_chunk(document_members(), store, (0, 0), 5, path="a", engine=engine)
        assert crud.read_chunk(document_members(), store, (0, 0), path="a", engine=engine).all()
        crud.create(GROUP, store, path="a", overwrite=True, engine=engine)
        crud.delete_node(store, path="a", engine=engine)


def test_children_are_listed_by_name(engine: str, store: Store) -> None:
    """Catches a missing node of either format, or deeper nodes or chunks among the children."""
    crud.create(GROUP, store, path="g", engine=engine)
    crud.create(document_members(), store, path="g/b", engine=engine)
    crud.create(GROUP, store, path="g/a/deeper", engine=engine)
    crud.create(ARRAY_2, store, path="g/old", engine=engine)
    crud.write_region(document_members(), store, ..., 1, path="g/b", engine=engine)
    children = crud.list_children(store, path="g", engine=engine)
    assert [path for path, _ in children] == ["g/a", "g/b", "g/old"]
    assert children[1][1] == document_members()
    assert children[2][1]["zarr_format"] == 2
    assert crud.list_children(store, path="g/a/deeper", engine=engine) == []
    with pytest.raises(NodeTypeValidationError, match="has no children"):
        crud.list_children(store, path="g/b", engine=engine)
    with pytest.raises(NodeNotFoundError):
        crud.list_children(store, path="none", engine=engine)


def test_write_metadata_changes_the_document_only(engine: str, store: Store) -> None:
    """Catches changed chunks: they stay, and reappear if the new shape includes them."""
    document = document_members()
    crud.create(document, store, path="x", engine=engine)
    crud.write_region(document, store, ..., 5, path="x", engine=engine)
    changed = document_members(shape=[4, 5], attributes={"n": 2})
    crud.write_metadata(changed, store, path="x", engine=engine)
    assert crud.read_metadata(store, path="x") == changed
    assert zarr.open_array(store, path="x", mode="r").shape == (4, 5)
    assert crud.read_region(document, store, path="x", engine=engine).all()
    with pytest.raises(NodeNotFoundError, match="create it first"):
        crud.write_metadata(document, store, path="none", engine=engine)
    for other in (GROUP, ARRAY_2):
        with pytest.raises(NodeTypeValidationError, match="another type or format"):
            crud.write_metadata(other, store, path="x", engine=engine)
    with pytest.raises(crud.DocumentError):
        crud.write_metadata(document_members(shape="x"), store, path="x", engine=engine)
    assert crud.read_metadata(store, path="x") == changed


def test_attributes_of_format_2_can_be_removed(engine: str, store: Store) -> None:
    """Catches attributes that cannot be removed, because their document is not deleted."""
    crud.create(ARRAY_2 | {"attributes": {"n": 1}}, store, engine=engine)
    crud.write_metadata(ARRAY_2, store, engine=engine)
    assert crud.read_metadata(store)["attributes"] == {}
