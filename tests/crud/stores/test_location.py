"""Stores given by any argument, and synchronous access to their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import zarr
from zarr.core.buffer.cpu import Buffer
from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.crud import InvalidPathError, Location, ReadOnlyError
from zarr.crud._stores.location import (
    delete,
    get,
    get_bytes,
    locate,
    node_path,
    put,
)
from zarr.crud._stores.trees import list_keys
from zarr.crud._stores.writable import check_writable
from zarr.registry import register_buffer
from zarr.storage import LocalStore, MemoryStore, StorePath
from zarr.testing.buffer import TestBuffer

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store
    from zarr.core.buffer import BufferPrototype


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ""),
        ("a", "a"),
        ("/a//b/", "a/b"),
        ("a\\b", "a/b"),
        ("日本/é", "日本/é"),
        ("...", "..."),
    ],
)
def test_a_path_loses_its_needless_slashes(path: str, expected: str) -> None:
    """Catches one node under two names."""
    assert node_path(path) == expected


@pytest.mark.parametrize("path", ["..", "a/../b", ".", "a/./b", "a\0", "a\ud800", "../a"])
def test_a_path_names_a_node_inside_of_the_store(path: str) -> None:
    """Catches a path that leads out of the root, or that no store can hold."""
    with pytest.raises(InvalidPathError):
        node_path(path)


@pytest.mark.parametrize("path", [None, b"a", 5, ["a"]])
def test_a_path_is_text(path: Any) -> None:
    """Catches a `None` that is treated as the root."""
    with pytest.raises(TypeError, match=r"path is .*; use a string"):
        locate(MemoryStore(), path)


def test_a_store_may_be_named_in_several_ways(tmp_path: Path) -> None:
    """Catches a path within a store that is lost, or that is joined without a slash."""
    store = MemoryStore()
    assert locate(store, "/a/") == Location(store, "a")
    assert locate(StorePath(store, "g"), "a/b") == Location(store, "g/a/b")
    assert locate(StorePath(store, "g"), "") == Location(store, "g")
    assert locate({}, "a").path == "a"
    root = tmp_path / "none"
    for given in (root, str(root)):
        location = locate(given, "a")
        assert isinstance(location.store, LocalStore)
        assert location.store.root == root
        assert get(location.store, "zarr.json") is None
    assert not root.exists()


def test_a_key_is_below_the_node() -> None:
    """Catches a leading slash in the keys of the root node."""
    assert Location(MemoryStore(), "").key("zarr.json") == "zarr.json"
    assert Location(MemoryStore(), "a/b").key("c/0") == "a/b/c/0"


def test_values_are_stored_under_their_keys(store: Store) -> None:
    """Catches another buffer, an empty value for an absent key, or a deletion that fails."""
    assert get(store, "a/b") is None
    for value in (b"one", b"", Buffer.from_bytes(b"two")):
        put(store, "a/b", value)
        found = get(store, "a/b")
        assert found is not None
        assert found.to_bytes() == (value if isinstance(value, bytes) else value.to_bytes())
    put(store, "a/d", b"other")
    for _ in range(2):
        delete(store, "a/b")
        assert get(store, "a/b") is None
    assert list_keys(Location(store, "")) == ["a/d"]


def test_a_read_only_store_is_not_written_to(tmp_path: Path) -> None:
    """Catches a value that is stored in spite of the read-only store."""
    for store in (LocalStore(tmp_path, read_only=True), MemoryStore(read_only=True)):
        with pytest.raises(ReadOnlyError, match="open it for writing"):
            check_writable(store)
        with pytest.raises(ValueError, match="read-only"):
            put(store, "a", b"x")
    check_writable(LocalStore(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fsync", [False, True])
def test_a_local_value_replaces_the_old_one(tmp_path: Path, fsync: bool) -> None:
    """Catches a temporary file that is left behind, or the end of a longer old value."""
    store = LocalStore(tmp_path)
    for value in (b"a long value", b"short"):
        put(store, "a/b", value, fsync=fsync)
        assert [(p.name, p.read_bytes()) for p in (tmp_path / "a").iterdir()] == [("b", value)]


def test_a_document_is_read_on_the_cpu() -> None:
    """Catches documents that pass through the memory of chunks, such as that of a GPU."""
    seen: list[BufferPrototype | None] = []

    class Seen(MemoryStore):
        def get_sync(self, key: str, **given: Any) -> Any:
            seen.append(given.get("prototype"))
            return super().get_sync(key, **given)

    store = Seen({"k": Buffer.from_bytes(b"{}")})
    register_buffer(TestBuffer)
    with zarr.config.set({"buffer": f"{TestBuffer.__module__}.{TestBuffer.__qualname__}"}):
        assert get_bytes(store, "k") == b"{}"
        assert get_bytes(store, "none") is None
        assert seen == [cpu_buffer_prototype] * 2
        get(store, "k")
        assert seen[2] is not None
        assert seen[2].buffer is TestBuffer
