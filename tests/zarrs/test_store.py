"""How the extension accesses stores: what is native, what is requested, what is kept alive."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.testing import CountingStore, assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


class Encrypted(LocalStore):
    """A subclass whose stored bytes differ from those that its methods take and return."""

    def get_sync(self, key: str, **options: Any) -> Any:
        found = super().get_sync(key, **options)
        return None if found is None else _inverted(found)

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, _inverted(value))


def _inverted(buffer: Any) -> Any:
    return type(buffer).from_bytes(bytes(255 - byte for byte in buffer.to_bytes()))


def test_a_subclass_of_a_local_store_is_never_bypassed(tmp_path: Path) -> None:
    """Catches direct access to its files, which returns ciphertext or stores plaintext."""
    store = Encrypted(tmp_path)
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="zarrs", detached=True)
    assert_same(crud.read_region(DOCUMENT, store, engine="zarrs"), VALUES)
    plain = (tmp_path / "c" / "0" / "0").read_bytes()
    assert plain == bytes(255 - byte for byte in VALUES[:3, :2].tobytes())


def test_a_handle_does_not_keep_its_store_alive() -> None:
    """Catches a cache of handles that keeps every dataset of a long process in memory."""
    store = MemoryStore()
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="zarrs", detached=True)
    alive = weakref.ref(store)
    del store
    gc.collect()
    assert alive() is None


def test_a_store_has_one_handle_and_two_stores_have_two() -> None:
    """Catches a recycled address that leads to the bytes of another store."""
    store = MemoryStore()
    assert handle_of(store) is handle_of(store)
    assert handle_of(store) is not handle_of(MemoryStore())
    for value in range(50):
        fresh = MemoryStore()
        crud.write_region(DOCUMENT, fresh, ..., value, engine="zarrs", detached=True)
        assert crud.read_region(DOCUMENT, fresh, (6, 4), engine="zarrs", detached=True) == value
        del fresh


def test_a_relative_root_follows_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a root that is resolved only once, unlike in the store's own methods."""
    store = LocalStore("data")
    for value, folder in enumerate(("one", "two"), start=1):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        crud.write_region(DOCUMENT, store, ..., value, engine="zarrs", detached=True)
    monkeypatch.chdir(tmp_path / "one")
    assert crud.read_region(DOCUMENT, store, (0, 0), engine="zarrs") == 1
    monkeypatch.chdir(tmp_path / "two")
    assert crud.read_region(DOCUMENT, store, (0, 0), engine="zarrs") == 2


@pytest.mark.parametrize("name", ["with space", "new\nline", "per%cent", "ha#sh", "Zürich", "日本"])
def test_a_root_of_any_name_works(tmp_path: Path, name: str) -> None:
    """Catches names that are treated as URLs; for the file system they are bytes."""
    store = LocalStore(tmp_path / name)
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="zarrs", detached=True)
    assert_same(crud.read_region(DOCUMENT, store, engine="reference"), VALUES)
    assert_same(crud.read_region(DOCUMENT, store, engine="zarrs"), VALUES)


def test_each_chunk_is_asked_for_once() -> None:
    """Catches a second request for a chunk, whatever the selection takes from it."""
    store = CountingStore()
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="zarrs", detached=True)
    store.calls.clear()
    at = (slice(0, 7, 2), slice(None, None, -1))
    crud.read_region(DOCUMENT, store, at, engine="zarrs", detached=True)
    keys = [f"c/{i}/{j}" for i in range(3) for j in range(3)]
    assert sorted(store.calls) == [("get", key) for key in keys]
