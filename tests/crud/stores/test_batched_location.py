"""Locations in a batch."""

from __future__ import annotations

import pytest

from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud import Location
from zarr.crud._stores.batched_location import replacing, unbatched, written
from zarr.storage import MemoryStore

DOCUMENT = document_members()


def test_any_other_location_is_itself() -> None:
    """Catches a location that is made anew for every call."""
    location = Location(MemoryStore(), "a")
    assert unbatched(location) is written(location) is location
    with replacing(location) as place:
        assert place is location


def test_what_is_read_is_written_before() -> None:
    """Catches other chunks that are written, or none."""
    store = MemoryStore()
    with crud.batched_writes(store) as batch:
        for path in ("a", "ab"):
            for row in (0, 3):
                crud.write_region(DOCUMENT, batch, (row, 0), 5, path=path, detached=True)
        location = Location(batch, "a")
        assert unbatched(location) == (store, "a")
        assert store._store_dict == {}
        assert written(location, "a/c/1/0") == (store, "a")
        assert list(store._store_dict) == ["a/c/1/0"]
        written(location)
        assert sorted(store._store_dict) == ["a/c/0/0", "a/c/1/0"]


def test_what_is_replaced_is_not_held_any_more() -> None:
    """Catches a chunk that is dropped although nothing has replaced it."""
    with crud.batched_writes(MemoryStore()) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), 5, path="a", detached=True)
        location = Location(batch, "a")
        with pytest.raises(OSError, match="not replaced"), replacing(location):
            raise OSError("not replaced")
        assert batch.nbytes > 0
        with replacing(location, "a/c/1/1"):
            pass
        assert batch.nbytes > 0
        with replacing(location, "a/c/0/0"):
            pass
        assert batch.nbytes == 0
