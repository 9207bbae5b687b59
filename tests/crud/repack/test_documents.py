"""Documents of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.crud.test_nodes import ARRAY_2
from zarr import crud
from zarr.crud import Location
from zarr.crud._document.cache import as_document
from zarr.crud._repack.documents import consolidate, store_document
from zarr.crud.testing import CountingStore
from zarr.errors import ContainsArrayError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

DOCUMENT = as_document(ARRAY_2 | {"attributes": {"n": 1}})


def test_a_document_is_stored_once(store: Store) -> None:
    """Catches a document that is stored again, or a node that is replaced."""
    how: Any = {"resume": True, "fsync": False}
    store_document(Location(store, "g/a"), "", DOCUMENT, **how)
    assert crud.read_metadata(store, path="g/a") == DOCUMENT
    with pytest.raises(ContainsArrayError):
        store_document(Location(store, "g/a"), "", DOCUMENT, resume=False, fsync=False)
    store_document(Location(store, "g/a"), "", DOCUMENT, **how)


def test_attributes_of_format_2_come_before_the_array() -> None:
    """Catches an array that can be opened while its attributes are missing."""
    keys: list[str] = []

    class Noting(CountingStore):
        def set_sync(self, key: str, value: Any) -> None:
            keys.append(key)
            super().set_sync(key, value)

    place = Location(Noting(), "g/a")
    store_document(place, "a", DOCUMENT, resume=False, fsync=False)
    assert keys == ["g/a/.zattrs", "g/a/.zarray"]


def test_consolidated_metadata_are_made_where_the_plan_says_so() -> None:
    """Catches groups of which only the root is consolidated."""
    source, target = MemoryStore(), MemoryStore()
    zarr.create_group(source, path="g/b", zarr_format=2)
    zarr.consolidate_metadata(source, path="g/b", zarr_format=2)
    zarr.consolidate_metadata(source, zarr_format=2)
    plan = crud.repack_plan(source, target)
    plan.run()
    assert {".zmetadata", "g/b/.zmetadata"} <= set(target._store_dict)
    assert "g/.zmetadata" not in target._store_dict
    del target._store_dict["g/b/.zmetadata"]
    consolidate(plan)
    assert "g/b/.zmetadata" in target._store_dict
