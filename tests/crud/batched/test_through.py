"""Writes that are not gathered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.crud.batched.test_held import settings
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud._batched.through import chunks_in
from zarr.crud._document.lower import lower
from zarr.crud._selection.chunk_parts import chunk_parts
from zarr.crud.testing import CountingStore, FailingStore, StoreFailure, assert_same
from zarr.storage import MemoryStore

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)
CHUNK = 3 * 2 * 3


def sets(store: CountingStore) -> list[str]:
    """The keys that were set, in order."""
    return [key for call, key in store.calls if call == "set"]


@pytest.mark.parametrize(
    ("selection", "kind"),
    [
        (..., "basic"),
        ((slice(2, 4), 3), "basic"),
        ((slice(0, 0), 3), "basic"),
        (([6, 0], [1, 2, 4]), "orthogonal"),
        ((np.array([6, 0, 1]), np.array([1, 2, 3])), "coordinate"),
    ],
)
def test_touched_chunks_are_counted(selection: Any, kind: Any) -> None:
    """Catches a note with another number of chunks than were written."""
    document = settings().document
    lowered, grid = lower(document, selection, kind), document.chunk_grid
    assert chunks_in(lowered, grid) == len(list(chunk_parts(lowered, grid)))


def test_a_write_without_room_comes_after_what_is_held(engine: str) -> None:
    """Catches an older value that is written over a newer one at the end."""
    store = MemoryStore()
    expected = np.full((7, 5), DOCUMENT["fill_value"], "i2")
    with crud.batched_writes(store, max_bytes=2 * CHUNK, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), -1, detached=True)
        crud.write_region(DOCUMENT, batch, (3, 0), -2, detached=True)
        crud.write_region(DOCUMENT, batch, slice(0, 2), VALUES[:2], detached=True)
        expected[3, 0], expected[:2] = -2, VALUES[:2]
        stored = crud.read_region(DOCUMENT, store, slice(0, 2), detached=True)
        assert_same(np.asarray(stored), VALUES[:2])
        assert_same(np.asarray(crud.read_region(DOCUMENT, batch, detached=True)), expected)
    assert_same(np.asarray(crud.read_region(DOCUMENT, store, detached=True)), expected)


def test_many_regions_without_room_are_written_together() -> None:
    """Catches a chunk that is replaced for each region because the bound is too low for it."""
    store = CountingStore()
    requests: list[Any] = []
    with crud.batched_writes(store, max_bytes=CHUNK - 1, engine="zarrs") as batch:
        requests = [(DOCUMENT, batch, (row, column)) for row in range(3) for column in range(2)]
        crud.write_regions(requests, list(range(6)), detached=True)
        assert sets(store) == ["c/0/0"]
    found = crud.read_region(DOCUMENT, store, (slice(0, 3), slice(0, 2)), detached=True)
    assert found.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_a_whole_chunk_without_room_replaces_what_is_held(engine: str) -> None:
    """Catches what was held of a chunk that is written over the whole chunk."""
    store = CountingStore()
    larger = {"name": "regular", "configuration": {"chunk_shape": [4, 4]}}
    other = document_members(chunk_grid=larger)
    with crud.batched_writes(store, max_bytes=CHUNK, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), -1, detached=True)
        crud.write_chunk(other, batch, (0, 0), 7, detached=True)
        assert sets(store) == ["c/0/0"]
        assert batch.nbytes == 0
    assert sets(store) == ["c/0/0"]


def test_a_whole_chunk_that_fails_loses_nothing(engine: str) -> None:
    """Catches elements that are dropped for a chunk that was not written."""
    failure = StoreFailure(2)
    store = FailingStore(failure, on="set")
    larger = {"name": "regular", "configuration": {"chunk_shape": [4, 4]}}
    with crud.batched_writes(store, max_bytes=CHUNK, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), 3, detached=True)
        with pytest.raises(StoreFailure):
            crud.write_chunk(document_members(chunk_grid=larger), batch, (0, 0), 7, detached=True)
        store.failing_call = None
    assert crud.read_region(DOCUMENT, store, (0, 0), detached=True) == 3
