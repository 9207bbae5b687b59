"""Stores that the library reaches itself, and those that it does not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import icechunk
import numpy as np
import obstore
import pytest

from tests.zarrista.support import document_of, refusal
from zarr import crud
from zarr.storage import FsspecStore, LocalStore, LoggingStore, MemoryStore, ObjectStore, ZipStore
from zarr.zarrista._store import reach


class Mine(LocalStore):
    """A subclass, which may have changed the meaning of `get`."""


def s3() -> obstore.store.S3Store:
    return obstore.store.S3Store("bucket", region="us-east-1", skip_signature=True)


def refused_stores(folder: Path) -> dict[str, tuple[Any, str]]:
    """A store of each kind that is refused, and a word of the reason."""

    class MyObjects(ObjectStore[Any]):
        pass

    return {
        "memory": (MemoryStore(), "MemoryStore is neither"),
        "subclass": (Mine(folder), "Mine is neither"),
        "wrapper": (LoggingStore(LocalStore(folder)), "LoggingStore is neither"),
        "archive": (ZipStore(folder / "a.zip", mode="w"), "ZipStore is neither"),
        "fsspec": (FsspecStore.from_url("memory://zarrista"), "FsspecStore is neither"),
        "obstore's memory": (ObjectStore(obstore.store.MemoryStore()), "memory of an obstore"),
        "a subclass of ObjectStore": (MyObjects(s3()), "MyObjects is neither"),
    }


def test_stores_that_the_library_does_not_reach_are_refused_by_name(tmp_path: Path) -> None:
    """Catches a store whose own methods are bypassed, or memory that reads as fill values."""
    document = document_of()
    for name, (store, said) in refused_stores(tmp_path).items():
        for operation in ("read_region", "write_region"):
            reason = refusal(document, store, operation=operation)
            assert said in (reason or ""), name
        assert crud.explain(document, store)["zarrista"].store == f"not at all: {reason}"
        with pytest.raises(crud.UnsupportedError, match=said):
            crud.read_region(document, store, engine="zarrista", detached=True)


def test_folders_and_object_stores_are_reached(tmp_path: Path) -> None:
    """Catches a folder of obstore that is read over the event loop, or one that is missed."""
    local = ObjectStore(obstore.store.LocalStore(tmp_path))
    for store in (LocalStore(tmp_path), local):
        found = reach(store, "")
        assert not isinstance(found, str)
        assert (found.root, found.waits) == (str(tmp_path), False)
        assert crud.explain(document_of(), store)["zarrista"].store == "natively"
    found = reach(ObjectStore(s3()), "a/b")
    assert not isinstance(found, str)
    assert found.waits


def test_two_stores_are_two_places(tmp_path: Path) -> None:
    """Catches an array of one bucket that is read from another."""
    one, other = reach(ObjectStore(s3()), ""), reach(ObjectStore(s3()), "")
    assert not isinstance(one, str)
    assert not isinstance(other, str)
    assert one.place != other.place
    assert reach(LocalStore(tmp_path / "a"), "") != reach(LocalStore(tmp_path / "b"), "")


@pytest.mark.parametrize("path", ["a b", "a%20b", "ä", "a#b", "a+b"])
def test_odd_paths_in_object_stores_are_refused(path: str) -> None:
    """Catches a key that the library encodes, so that it reads fill values."""
    assert "it serves paths of letters" in str(reach(ObjectStore(s3()), path))


@pytest.mark.parametrize("path", ["a b", "a%20b", "ä", "a#b", "日本/x", ".hidden", "a\\b", "__a"])
def test_odd_paths_in_folders_are_served(tmp_path: Path, path: str) -> None:
    """Catches a key that the library encodes, so that it reads fill values."""
    document, store = document_of(fill_value=3), LocalStore(tmp_path / "odd ä%20root")
    if refusal(document, store, path=path) is not None:
        assert path == "__a"
        return
    crud.write_region(document, store, ..., 7, path=path, engine="reference", detached=True)
    found = crud.read_region(document, store, path=path, engine="zarrista", detached=True)
    np.testing.assert_array_equal(found, 7)


def test_a_folder_without_a_text_name_is_refused(tmp_path: Path) -> None:
    """Catches a panic, or another folder."""
    root = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    assert "names are text" in str(reach(LocalStore(root), ""))


def test_sessions_of_icechunk_say_why_they_are_not_read(tmp_path: Path) -> None:
    """Catches an error amid a read, or fill values, where the releases do not fit."""
    storage = icechunk.local_filesystem_storage(str(tmp_path / "repository"))
    repository = icechunk.Repository.create(storage)
    writable = repository.writable_session("main")
    assert "writable session" in str(reach(writable.store, ""))
    document = document_of()
    crud.create(document, writable.store)
    writable.commit("an array")
    store = repository.readonly_session("main").store
    found = reach(store, "")
    if isinstance(found, str):
        assert "do not understand each other's sessions" in found
        assert f"icechunk {icechunk.__version__}" in found
        with pytest.raises(crud.UnsupportedError, match="each other's sessions"):
            crud.read_region(document, store, engine="zarrista")
    else:
        assert (crud.read_region(document, store, engine="zarrista") == 0).all()
