"""Keys with sizes, as each store tells them."""

from __future__ import annotations

import errno
import os
import zipfile
from typing import TYPE_CHECKING, Any

import obstore
import pytest

from tests.crud.verify.archives import hierarchy, put
from zarr.crud._stores import location
from zarr.crud._stores.location import Location
from zarr.crud._stores.sized_keys import (
    few_keys,
    files_below,
    size_at_once,
    sized_keys,
    tells_at_once,
)
from zarr.crud.testing import AsyncOnlyStore, CountingStore
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    MemoryStore,
    ObjectStore,
    ZipStore,
)

if TYPE_CHECKING:
    from pathlib import Path


def values(store: MemoryStore, prefix: str = "") -> dict[str, int]:
    """What must be found."""
    return {
        key.removeprefix(prefix): len(value)
        for key, value in sorted(store._store_dict.items())
        if key.startswith(prefix)
    }


@pytest.mark.parametrize("wrap", [lambda s: s, LoggingStore, AsyncOnlyStore])
def test_keys_are_relative_sorted_and_have_sizes(wrap: Any) -> None:
    """Catches keys of a neighbour whose name begins alike, or another order."""
    store = hierarchy()
    put(store, "raw2/x", b"12")
    found = sized_keys(Location(wrap(store), "raw"))
    assert found == values(store, "raw/")
    assert list(found) == sorted(found)
    assert sized_keys(Location(wrap(store), "")) == values(store)
    assert sized_keys(Location(wrap(store), "nowhere")) == {}


def test_a_store_of_another_class_is_asked_for_each_value() -> None:
    """Catches a subclass whose own methods are bypassed."""
    store = CountingStore()
    hierarchy(store)
    store.calls.clear()
    assert sized_keys(Location(store, "raw")) == values(store, "raw/")
    assert store.calls


STORES: dict[str, Any] = {
    "directory": LocalStore,
    "fsspec": lambda path: FsspecStore.from_url(f"file://{path}"),
    "obstore": lambda path: ObjectStore(obstore.store.LocalStore(path, automatic_cleanup=True)),
}


@pytest.mark.parametrize("kind", STORES)
def test_links_are_followed_and_files_not_read(kind: str, tmp_path: Path) -> None:
    """Catches chunks on another disk that are left out, or a file that is opened."""
    store = hierarchy()
    hierarchy(LocalStore(tmp_path / "a"))
    raw = tmp_path / "a" / "raw"
    (raw / "c").rename(tmp_path / "far")
    (raw / "c").symlink_to(tmp_path / "far")
    (tmp_path / "secret").write_bytes(b"12345")
    (raw / "link").symlink_to(tmp_path / "secret")
    (raw / "broken").symlink_to(tmp_path / "nowhere")
    (raw / "through a file").symlink_to(tmp_path / "secret" / "x")
    os.mkfifo(raw / "pipe")
    found = sized_keys(Location(STORES[kind](tmp_path / "a"), "raw"))
    assert found == {**values(store, "raw/"), "link": 5}
    assert dict(files_below(tmp_path / "nowhere")) == {}


def test_a_link_in_a_circle_ends_the_walk(tmp_path: Path) -> None:
    """Catches a walk that has no end, or that ends with an error that says nothing."""
    hierarchy(LocalStore(tmp_path / "a"))
    expected = sized_keys(Location(LocalStore(tmp_path / "a"), ""))
    for name in ("loop", "raw/loop", "raw/again", "raw/c/self"):
        target = tmp_path / "a" / name if name == "raw/c/self" else tmp_path / "a"
        (tmp_path / "a" / name).symlink_to(target)
    location = Location(LocalStore(tmp_path / "a"), "")
    loops: list[str] = []
    assert sized_keys(location, loops) == expected
    assert sorted(loops) == ["loop", "raw/again", "raw/c/self", "raw/loop"]
    with pytest.raises(OSError, match="the link leads back to a folder above it") as caught:
        sized_keys(location)
    assert caught.value.errno == errno.ELOOP


def test_the_last_entry_of_an_archive_counts(tmp_path: Path) -> None:
    """Catches the size of a value that was replaced."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/b", b"123")
        archive.mkdir("a/c")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a/b", b"1")
    assert sized_keys(Location(ZipStore(tmp_path / "a.zip", mode="r"), "a")) == {"b": 1}
    few = few_keys(Location(ZipStore(tmp_path / "a.zip", mode="r"), "a"), 3)
    assert few == {"b": 1}
    assert size_at_once(ZipStore(tmp_path / "a.zip", mode="r"), "a/b") == 1


@pytest.mark.parametrize("kind", ["memory", "files", "archive"])
def test_a_size_is_that_of_the_value_now(kind: str, tmp_path: Path) -> None:
    """Catches the size that a value had before, and an absent value that is an error."""
    stores: dict[str, Any] = {
        "memory": MemoryStore,
        "files": lambda: LocalStore(tmp_path),
        "archive": lambda: ZipStore(tmp_path / "a.zip", mode="w"),
    }
    inner = stores[kind]()
    store = LoggingStore(inner)
    assert tells_at_once(store)
    assert size_at_once(store, "a/b") == 0
    location.put(inner, "a/b", b"123")
    assert [size_at_once(each, "a/b") for each in (inner, store)] == [3, 3]
    if kind != "archive":
        location.put(inner, "a/b", b"12345")
        assert size_at_once(store, "a/b") == 5


def test_few_keys_never_ask_a_store_that_waits(tmp_path: Path) -> None:
    """Catches a notebook that lists a bucket, or a million files."""
    store = hierarchy()
    assert not tells_at_once(AsyncOnlyStore(store))
    assert few_keys(Location(AsyncOnlyStore(store), ""), 10_000) is None
    assert few_keys(Location(store, "raw"), 10_000) == values(store, "raw/")
    assert few_keys(Location(store, "raw"), 3) is None
    local = LocalStore(tmp_path)
    hierarchy(local)
    assert few_keys(Location(local, "raw"), 14) == values(store, "raw/")
    assert few_keys(Location(local, "raw"), 9) is None
    for number in range(20):
        (tmp_path / "empty" / str(number)).mkdir(parents=True)
    assert few_keys(Location(local, "empty"), 20) == {}
    assert few_keys(Location(local, "empty"), 19) is None


def test_a_file_that_is_deleted_meanwhile_is_no_key(tmp_path: Path) -> None:
    """Catches a list that fails because a writer replaced a file beside it."""
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode())
    found = {}
    for key, size in files_below(tmp_path):
        found[key] = size
        for other in tmp_path.iterdir():
            other.unlink()
    assert len(found) == 1
