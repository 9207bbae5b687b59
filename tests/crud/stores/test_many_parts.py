"""Parts of many values, from each kind of store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import obstore
import pytest

from tests.crud.verify.archives import put
from zarr.crud._stores.location import Location
from zarr.crud._stores.many_parts import get_parts
from zarr.crud.backends.direct import direct_location
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore, ObjectStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["files", "memory", "asynchronous", "obstore", "direct"])
def test_parts_are_those_asked_for(kind: str, tmp_path: Path) -> None:
    """Catches a range that is off by one, or an absent key that raises."""
    made: dict[str, Any] = {
        "files": lambda: LocalStore(tmp_path),
        "memory": MemoryStore,
        "asynchronous": AsyncOnlyStore,
        "obstore": lambda: ObjectStore(obstore.store.MemoryStore()),
        "direct": lambda: ObjectStore(obstore.store.LocalStore(tmp_path)),
    }
    store = made[kind]()
    if kind == "memory":
        put(store, "a", b"0123456789")
        put(store, "b/c", b"abc")
    else:
        from zarr.crud._stores.location import put as put_any

        put_any(store, "a", b"0123456789")
        put_any(store, "b/c", b"abc")
    if kind == "direct":
        store = direct_location(Location(store, "")).store
    parts = [("a", 2, 3), ("b/c", 0, 3), ("none", 0, 1), ("a", 9, 1), ("a/none", 0, 1)]
    assert get_parts(store, parts) == [b"234", b"abc", None, b"9", None]
