"""Plain opens take no coroutine; `tests/engine/test_opening.py` compares them with upstream's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from zarr import crud
from zarr._engine.opening.plain import opened
from zarr.api import asynchronous as api
from zarr.storage import LocalStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Callable

MADE: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A group with an array."""
    zarr.create_group(tmp_path / "root").create_array("a", **MADE)
    return tmp_path / "root"


def found(coroutine: Any) -> Any:
    """What a coroutine need not be run for."""
    try:
        return opened(coroutine)
    finally:
        coroutine.close()


PLAIN: dict[str, Callable[[Path], Any]] = {
    "text": lambda root: api.open_array(store=f"{root}/a"),
    "path": lambda root: api.open_array(store=root, path="/a/", mode="r"),
    "store": lambda root: api.open_array(store=LocalStore(root), path="a", mode="r+"),
    "place": lambda root: api.open_array(store=StorePath(LocalStore(root), "a"), zarr_format=3),
    "open": lambda root: api.open(store=root, path="a", mode="a"),
    "group": lambda root: api.open_group(store=root, mode="r"),
    "open a group": lambda root: api.open(store=str(root), mode=None),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_node_that_is_there_is_opened_at_once(name: str, root: Path) -> None:
    """Catches a common call that takes ten times as long as it must."""
    node = found(PLAIN[name](root))
    assert node is not None
    assert node.store_path.store._is_open


class Own(LocalStore):
    """A store of somebody else."""


@pytest.mark.parametrize("name", PLAIN)
def test_a_node_of_format_2_is_opened_at_once(name: str, tmp_path: Path) -> None:
    """Catches a format whose nodes take the long way."""
    root = tmp_path / "root"
    zarr.create_group(root, zarr_format=2).create_array("a", **MADE)
    coroutine = PLAIN[name](root)
    expected = None if coroutine.cr_frame.f_locals["kwargs"].get("zarr_format") == 3 else root
    node = found(coroutine)
    assert (node is None) == (expected is None)
    if node is not None:
        assert node.metadata.zarr_format == 2


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_member_is_found_at_once(zarr_format: Any, tmp_path: Path) -> None:
    """Catches a common call that takes ten times as long as it must."""
    zarr.create_group(tmp_path, zarr_format=zarr_format).create_array("b/a", **MADE)
    group: Any = zarr.open_group(tmp_path, engine="zarrs")._async_group
    for name in ("b", "b/a", "/b/a/"):
        node = found(group.getitem(name))
        assert node.path == name.strip("/")
        assert node.store_path.store._is_open
    assert found(group.getitem("c")) is None
    assert found(group.getitem("../b")) is None


def test_a_group_of_format_2_with_copies_of_documents_is_left_to_the_coroutine(
    tmp_path: Path,
) -> None:
    """Catches a group whose consolidated metadata is not read."""
    zarr.create_group(tmp_path, zarr_format=2).create_array("a", **MADE)
    zarr.consolidate_metadata(tmp_path)
    assert found(api.open_group(store=tmp_path, mode="r")) is None
    assert zarr.open_group(tmp_path, mode="r", engine="zarrs").metadata.consolidated_metadata


OTHERS: dict[str, Callable[[Path], Any]] = {
    "missing": lambda root: api.open_array(store=root / "b"),
    "another type": lambda root: api.open_array(store=root),
    "subclass": lambda root: api.open_array(store=Own(root), path="a"),
    "place in one": lambda root: api.open_array(store=StorePath(Own(root), "a")),
    "memory": lambda _: api.open_array(store={}, mode="r"),
    "URL": lambda root: api.open_array(store=f"file://{root}/a"),
    "host": lambda root: api.open_array(store=f"/{root}/a"),
    "query": lambda root: api.open_array(store=f"{root}/a?x"),
    "format 2": lambda root: api.open_array(store=root, path="a", zarr_format=2),
    "new": lambda root: api.open_array(store=root, path="a", mode="w", **MADE),
    "bad mode": lambda root: api.open_array(store=root, path="a", mode="no"),
    "write to a read-only store": lambda root: api.open_array(
        store=LocalStore(root, read_only=True), path="a", mode="r+"
    ),
    "options": lambda root: api.open_array(store=root, path="a", storage_options={"x": 1}),
    "other keywords": lambda root: api.open_array(store=root, path="a", write_empty_chunks=None),
    "consolidated": lambda root: api.open_group(store=root, mode="r", use_consolidated=True),
    "group without a mode": lambda root: api.open_group(store=root, mode=None),  # type: ignore[arg-type]
    "another function": lambda root: api.create_group(store=root),
}


@pytest.mark.parametrize("name", OTHERS)
def test_everything_else_is_left_to_the_coroutine(name: str, root: Path) -> None:
    """Catches an open that skips what upstream does in this case."""
    assert found(OTHERS[name](root)) is None


@pytest.mark.parametrize("other", [".zarray", ".zgroup", ".zattrs", ".zmetadata"])
def test_documents_of_format_2_are_not_ignored(other: str, root: Path) -> None:
    """Catches a node of two formats, of which upstream warns."""
    (root / "a" / other).write_text("{}")
    assert found(api.open_array(store=root, path="a")) is None
    assert found(api.open_array(store=root, path="a", zarr_format=3)) is not None


def test_large_documents_and_long_names_are_read(root: Path) -> None:
    """Catches a document that is cut off."""
    zarr.open_array(root, path="a").attrs["x"] = "x" * 300_000
    assert len(found(api.open_array(store=root, path="a")).attrs["x"]) == 300_000


def test_no_descriptor_is_left(root: Path) -> None:
    """Catches a file that stays open, of a document or of what is none."""
    (root / "b" / "zarr.json").mkdir(parents=True)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in ("a", "b", "c"):
        found(api.open_array(store=root, path=path))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_store_that_is_moved_is_followed(root: Path) -> None:
    """Catches a place that is remembered."""
    store = LocalStore(root)
    assert found(api.open_array(store=store, path="a")) is not None
    root.rename(root.parent / "moved")
    assert found(api.open_array(store=store, path="a")) is None
    store.root = root.parent / "moved"
    assert found(api.open_array(store=store, path="a")) is not None


@pytest.mark.parametrize("form", [str, Path, LocalStore])
def test_what_is_opened_to_be_read_is_not_changed(form: Any, root: Path) -> None:
    """Catches a form of a store in which the mode does not count."""
    for node in (
        zarr.open_array(form(root), path="a", mode="r", engine="auto"),
        zarr.open(form(root), path="a", mode="r", engine="auto"),
        zarr.open_group(form(root), mode="r", engine="auto")["a"],
    ):
        array: Any = node
        assert array.read_only
        with pytest.raises(crud.ReadOnlyError):
            array[...] = 1
    assert not zarr.open_array(root, path="a")[...].any()  # type: ignore[union-attr]
