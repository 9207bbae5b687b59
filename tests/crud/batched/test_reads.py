"""Reads through a batch."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from tests.crud.test_document import document_members
from tests.patience import in_thread, join
from zarr import crud
from zarr.crud.testing import CountingStore, assert_same
from zarr.errors import ChunkNotFoundError
from zarr.storage import MemoryStore

DOCUMENT = document_members()
FILL = DOCUMENT["fill_value"]
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def gets(store: CountingStore) -> list[str]:
    """The keys that were read, in order."""
    return [key for call, key in store.calls if call == "get"]


def test_a_chunk_that_is_held_in_full_is_not_read(engine: str) -> None:
    """Catches a request whose answer is not needed, and damage that no longer matters."""
    store = CountingStore()
    crud.write_encoded_chunk(DOCUMENT, store, (1, 1), b"damaged", detached=True)
    with crud.batched_writes(store, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (slice(3, 6), slice(2, 4)), 5, detached=True)
        store.calls.clear()
        found = crud.read_region(DOCUMENT, batch, (slice(3, 6), slice(2, 4)), detached=True)
        assert_same(np.asarray(found), np.full((3, 2), 5, "i2"))
        assert gets(store) == []
        expected = np.full((7, 5), FILL, "i2")
        expected[3:6, 2:4] = 5
        selections: list[Any] = [("basic", ...), ("mask", np.ones((7, 5), bool))]
        for kind, selection in selections:
            store.calls.clear()
            found = crud.read_region(DOCUMENT, batch, selection, kind=kind, detached=True)
            assert_same(np.asarray(found).reshape(7, 5), expected)
            assert "c/1/1" not in gets(store)
            assert "c/0/0" in gets(store)


def test_results_go_to_out_of_any_strides(engine: str) -> None:
    """Catches elements in a copy of the memory that was given."""
    store = MemoryStore()
    crud.write_region(DOCUMENT, store, ..., VALUES, detached=True)
    expected = VALUES.copy()
    with crud.batched_writes(store, engine=engine) as batch:
        for at in ((0, 0), (4, 4), (6, 1)):
            crud.write_region(DOCUMENT, batch, at, -3, detached=True)
            expected[at] = -3
        room = np.zeros((14, 15), "i2")
        out = room[::2, ::-3]
        assert crud.read_region(DOCUMENT, batch, out=out, detached=True) is out
        assert_same(out, expected)
        points = tuple(np.indices((7, 5)).reshape(2, 7, 5))
        out = room[::2, ::3]
        out[...] = 0
        found = crud.read_region(DOCUMENT, batch, points, kind="coordinate", out=out, detached=True)
        assert found is out
        assert_same(out, expected)


def test_missing_chunks_are_what_they_are_without_a_batch(engine: str) -> None:
    """Catches a chunk that is held and reported missing, or the other way round."""
    store, options = MemoryStore(), crud.Options(missing_chunks="error")
    with crud.batched_writes(store, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), 1, detached=True)
        found = crud.read_region(DOCUMENT, batch, (slice(0, 2), 0), options=options, detached=True)
        assert found.tolist() == [1, FILL]
        with pytest.raises(ChunkNotFoundError):
            crud.read_region(DOCUMENT, batch, (3, 0), options=options, detached=True)


def test_an_error_of_a_read_has_no_notes_of_other_requests(engine: str) -> None:
    """Catches numbers of requests that the caller did not make."""
    store = MemoryStore()
    crud.write_encoded_chunk(DOCUMENT, store, (1, 1), b"damaged", detached=True)
    with crud.batched_writes(store, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (slice(0, 3), slice(0, 2)), 5, detached=True)
        with pytest.raises(crud.DecodeError) as caught:
            crud.read_region(DOCUMENT, batch, detached=True)
        assert not [note for note in getattr(caught.value, "__notes__", ()) if "request" in note]
        with pytest.raises(crud.DecodeError) as caught:
            crud.read_regions([(DOCUMENT, batch, 0), (DOCUMENT, batch, 4)], detached=True)
        notes = [note for note in caught.value.__notes__ if "request" in note]
        assert notes == ["in request 1"]


@pytest.mark.parametrize("bound", [0, 60, 1 << 20])
def test_a_read_sees_all_or_nothing_of_a_write_in_a_chunk(engine: str, bound: int) -> None:
    """Catches a read between a write and the writing of its chunk that sees a half of each."""
    grid = {"name": "regular", "configuration": {"chunk_shape": [1, 6]}}
    document = document_members(shape=[4, 6], chunk_grid=grid, fill_value=0)
    wrong: list[Any] = []
    is_over = threading.Event()
    with crud.batched_writes(MemoryStore(), max_bytes=bound, engine=engine) as batch:

        def write() -> None:
            for number in range(300):
                # Another part each time, so that chunks are held in part.
                first = number % 3
                part = (number % 4, slice(first, first + 4))
                crud.write_region(document, batch, part, number, detached=True)
                if number % 7 == 0:
                    batch.flush()
            is_over.set()

        def read() -> None:
            while not is_over.is_set():
                found = np.asarray(crud.read_region(document, batch, detached=True))
                # The elements 2 and 3 belong to every write of a row.
                if (found[:, 2] != found[:, 3]).any():
                    wrong.append(found)

        join(in_thread(write), in_thread(read), in_thread(read))
    assert wrong == []


@pytest.mark.parametrize("index", [(0, 0), (2, 2)])
def test_chunks_are_read_in_part_and_in_full(engine: str, index: Any) -> None:
    """Catches a part outside the array that is uninitialised memory."""
    store, direct = MemoryStore(), MemoryStore()
    origin = (slice(3 * index[0], 3 * index[0] + 3), slice(2 * index[1], 2 * index[1] + 2))
    for target in (store, direct):
        crud.write_chunk(DOCUMENT, target, index, 7, detached=True)
    with crud.batched_writes(store, engine=engine) as batch:
        for selection, value in (((origin[0], origin[1].start), 3), (origin, 4)):
            crud.write_region(DOCUMENT, batch, selection, value, detached=True)
            crud.write_region(DOCUMENT, direct, selection, value, engine=engine, detached=True)
            for out in (None, np.zeros((3, 2), "i2")):
                found = crud.read_chunk(DOCUMENT, batch, index, out=out, detached=True)
                assert_same(found, crud.read_chunk(DOCUMENT, direct, index, detached=True))


def test_subchunks_beyond_the_end_are_read(engine: str) -> None:
    """Catches a document of another shape that shows uninitialised memory."""
    import zarr

    stores = [MemoryStore(), MemoryStore()]
    arrays = [
        zarr.create_array(store, shape=(7,), chunks=(2,), shards=(4,), dtype="i2", fill_value=-5)
        for store in stores
    ]
    with crud.batched_writes(stores[0], engine=engine) as batch:
        for target in (batch, stores[1]):
            crud.write_region(arrays[0].metadata, target, slice(4, 7), [1, 2, 3], engine=engine)
        found = [
            crud.read_subchunk(arrays[0].metadata, target, (3,), engine=engine)
            for target in (batch, stores[1])
        ]
    assert_same(found[0], found[1])
