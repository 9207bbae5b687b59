"""All chunks of a batch: the bound, threads, the end."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from tests.interrupts import is_interrupted
from tests.patience import in_thread, join, wait_for
from zarr import crud
from zarr.crud.testing import CountingStore, FailingStore, StoreFailure, assert_same
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)
CHUNK = 3 * 2 * 3
"""What a chunk takes of the bound."""


def keys_set(store: CountingStore) -> list[str]:
    """The keys that were set, in order."""
    return [key for call, key in store.calls if call == "set"]


def write_three(batch: Store, error: Exception | None = None) -> None:
    """Write a part of each of three chunks, and perhaps fail."""
    for row in (0, 3, 6):
        crud.write_region(DOCUMENT, batch, (row, 0), 1, detached=True)
    if error is not None:
        raise error


@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_each_chunk_is_read_and_replaced_once(engine: str, shards: Any) -> None:
    """Catches a chunk that is replaced for each of the writes to it."""
    store = CountingStore()
    document = zarr.create_array(
        store, shape=(7, 5), dtype="i2", chunks=(3, 2), shards=shards, fill_value=-1
    ).metadata
    store.calls.clear()
    with crud.batched_writes(store, engine=engine) as batch:
        for at in np.ndindex(7, 5):
            crud.write_region(document, batch, at, int(VALUES[at]), detached=True)
        assert store.calls == []
    assert len(keys_set(store)) == len(set(keys_set(store))) > 0
    # They are held in full, so none is read but shards at the edge, which keep what is beyond it.
    read = {key for call, key in store.calls if call == "get"}
    assert read <= (set() if shards is None else {"c/0/1", "c/1/0", "c/1/1"})
    assert_same(np.asarray(crud.read_region(document, store, engine="reference")), VALUES)


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (1, ["c/0/0", "c/1/0", "c/0/0", "c/2/0"]),
        (2, ["c/1/0", "c/0/0"]),
        (3, ["c/1/0", "c/0/0"]),
        (4, []),
    ],
)
def test_the_bound_holds_and_the_oldest_chunks_are_written(room: int, expected: list[str]) -> None:
    """Catches a bound that is exceeded, and chunks that are written although others are older."""
    store, options = CountingStore(), crud.Options(concurrency=1)
    bound = room * CHUNK + CHUNK // 2
    with crud.batched_writes(store, max_bytes=bound, engine="reference", options=options) as batch:
        for row, column in ((0, 0), (3, 0), (1, 1), (6, 0), (0, 2)):
            crud.write_region(DOCUMENT, batch, (row, column), 1, detached=True)
            assert 0 < batch.nbytes <= bound
        assert keys_set(store) == expected


@pytest.mark.parametrize("bound", [0, 1, CHUNK - 1, CHUNK, 2**62, 2**63 - 1])
def test_any_bound_stores_the_same(engine: str, bound: int, store: Store) -> None:
    """Catches bounds that are too low for a chunk, or too large for a machine."""
    with crud.batched_writes(store, max_bytes=bound, engine=engine) as batch:
        for row in range(7):
            crud.write_region(DOCUMENT, batch, row, VALUES[row], detached=True)
            assert batch.nbytes <= bound
        found = crud.read_region(DOCUMENT, batch, detached=True)
        assert_same(np.asarray(found), VALUES)
        stored = crud.list_chunks(DOCUMENT, store, detached=True)
        if bound < CHUNK:
            assert len(stored) == 9
        elif bound > 2**20:
            assert stored == []
    assert_same(np.asarray(crud.read_region(DOCUMENT, store, detached=True)), VALUES)


def test_nothing_that_is_held_is_written_after_an_exception(engine: str) -> None:
    """Catches a batch that stores half of what its block was to do."""
    store = MemoryStore()
    with (
        pytest.raises(ValueError, match="the block fails") as caught,
        crud.batched_writes(store, max_bytes=2 * CHUNK, engine=engine) as batch,
    ):
        write_three(batch, ValueError("the block fails"))
    assert crud.list_chunks(DOCUMENT, store, detached=True) == [(0, 0)]
    (note,) = caught.value.__notes__
    assert "'': 1 chunk was written before, 2 chunks were not written" in note


def test_an_interrupt_in_the_block_counts_as_an_exception(engine: str) -> None:
    """Catches a batch that is written after Ctrl-C."""
    store, begun = MemoryStore(), threading.Event()

    def work() -> None:
        with crud.batched_writes(store, engine=engine) as batch:
            while True:
                crud.write_region(DOCUMENT, batch, (0, 0), 1, detached=True)
                begun.set()

    assert is_interrupted(begun.is_set, work)
    assert crud.list_chunks(DOCUMENT, store, detached=True) == []


def test_an_interrupt_of_the_end_says_what_was_written(engine: str) -> None:
    """Catches an end that goes on after Ctrl-C, and one that does not say how far it came."""
    sets: list[str] = []
    stopped = threading.Event()

    class Slow(CountingStore):
        def set_sync(self, key: str, value: Any) -> None:
            super().set_sync(key, value)
            sets.append(key)
            # The second chunk is stored while the interrupt comes.
            if len(sets) == 2:
                stopped.wait(1)

    store, notes = Slow(), []
    batch = crud.batched_writes(store, engine=engine, options=crud.Options(concurrency=1))

    def work() -> None:
        try:
            with batch:
                write_three(batch)
        except KeyboardInterrupt as interrupt:
            notes.extend(interrupt.__notes__)
            raise

    assert is_interrupted(lambda: len(sets) == 2, work)
    assert sets == ["c/0/0", "c/1/0"]
    written = "of '' the chunks (0, 0), perhaps of '' the chunks (1, 0), and not of '' the"
    assert written in notes[0]
    with pytest.raises(crud.BatchError, match="after its `with` block"):
        crud.read_region(DOCUMENT, batch, detached=True)


def test_a_failure_of_the_end_says_what_was_written(engine: str) -> None:
    """Catches chunks that are written again, or that the note leaves out."""

    class Failing(CountingStore):
        def set_sync(self, key: str, value: Any) -> None:
            super().set_sync(key, value)
            if key == "c/1/0":
                raise StoreFailure(1)

    store = Failing()
    options = crud.Options(concurrency=1)
    with (
        pytest.raises(StoreFailure) as caught,
        crud.batched_writes(store, engine=engine, options=options) as batch,
    ):
        write_three(batch)
    assert keys_set(store) == ["c/0/0", "c/1/0"]
    assert caught.value.__notes__[-1].endswith(
        "has written of '' the chunks (0, 0), perhaps of '' the chunks (1, 0), "
        "and not of '' the chunks (2, 0)"
    )


def test_a_failure_within_the_block_loses_nothing(engine: str) -> None:
    """Catches a chunk that is dropped because it could not be written to make room."""
    failure = StoreFailure(1)
    store = FailingStore(failure, on="set")
    with crud.batched_writes(store, max_bytes=CHUNK, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), 1, detached=True)
        with pytest.raises(StoreFailure) as caught:
            crud.write_region(DOCUMENT, batch, (3, 0), 2, detached=True)
        assert caught.value is failure
        assert crud.read_region(DOCUMENT, batch, (0, 0), detached=True) == 1
        assert crud.read_region(DOCUMENT, batch, (3, 0), detached=True) == DOCUMENT["fill_value"]
        store.failing_call = None
        crud.write_region(DOCUMENT, batch, (3, 0), 2, detached=True)
    assert crud.read_region(DOCUMENT, store, (slice(0, 4, 3), 0), detached=True).tolist() == [1, 2]


@pytest.mark.parametrize("room", [1, 4, 100])
def test_threads_keep_every_element(engine: str, room: int, store: Store) -> None:
    """Catches elements that are lost between threads, or while a chunk is written for room."""
    values = np.arange(64 * 12, dtype="i4").reshape(64, 12)
    grid = {"name": "regular", "configuration": {"chunk_shape": [16, 5]}}
    document = document_members(shape=[64, 12], data_type="int32", chunk_grid=grid)
    bound = room * 16 * 5 * 5
    wrong: list[Any] = []
    with crud.batched_writes(store, max_bytes=bound, engine=engine) as batch:

        def work(first: int) -> None:
            for row in range(first, 64, 8):
                crud.write_region(document, batch, row, values[row], detached=True)
                found = crud.read_region(document, batch, row, detached=True)
                if not np.array_equal(found, values[row]) or batch.nbytes > bound:
                    wrong.append((row, found))

        join(*(in_thread(partial(work, first)) for first in range(8)))
    assert wrong == []
    found = crud.read_region(document, store, engine="reference", detached=True)
    assert_same(np.asarray(found), values)


def test_a_chunk_that_is_being_written_can_be_read(engine: str) -> None:
    """Catches a read that waits for the store although all elements are held."""
    begun, go_on = threading.Event(), threading.Event()

    class Slow(MemoryStore):
        def set_sync(self, key: str, value: Any) -> None:
            begun.set()
            assert go_on.wait(100)
            super().set_sync(key, value)

    store = Slow()
    with crud.batched_writes(store, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (slice(0, 3), slice(0, 2)), 5, detached=True)
        thread = in_thread(batch.flush)
        wait_for(begun.is_set, "the write")
        assert crud.read_region(DOCUMENT, batch, (0, 0), detached=True) == 5
        later = in_thread(partial(crud.write_region, DOCUMENT, batch, (0, 0), 6, detached=True))
        go_on.set()
        join(thread, later)
        assert crud.read_region(DOCUMENT, batch, (0, 0), detached=True) == 6
    assert crud.read_region(DOCUMENT, store, (0, slice(0, 2)), detached=True).tolist() == [6, 5]


def test_the_end_waits_for_writes_of_other_threads(engine: str) -> None:
    """Catches a write that lands after the batch has ended by an exception."""
    begun, go_on = threading.Event(), threading.Event()

    class Slow(CountingStore):
        def set_sync(self, key: str, value: Any) -> None:
            begun.set()
            assert go_on.wait(100)
            super().set_sync(key, value)

    store = Slow()
    batch = crud.batched_writes(store, max_bytes=0, engine=engine)
    batch.__enter__()
    write = partial(crud.write_region, DOCUMENT, batch, (0, 0), 1, detached=True)
    writer = in_thread(write)
    wait_for(begun.is_set, "the write")
    error = ValueError("the block fails")
    ended = in_thread(lambda: batch.__exit__(ValueError, error, None))
    wait_for(lambda: batch._gathered.lifetime.refusal is not None, "the end")
    assert ended.is_alive()
    go_on.set()
    join(writer, ended)
    assert keys_set(store) == ["c/0/0"]
    with pytest.raises(crud.BatchError, match="after its `with` block"):
        write()


def test_no_thread_makes_room_after_an_exception(engine: str) -> None:
    """Catches a thread that waits for room, and gets it by writing what must be dropped."""
    begun, go_on = threading.Event(), threading.Event()

    class Slow(CountingStore):
        def set_sync(self, key: str, value: Any) -> None:
            begun.set()
            assert go_on.wait(100)
            super().set_sync(key, value)

    store, refused = Slow(), []
    options = crud.Options(concurrency=1)
    bound = 4 * CHUNK
    batch = crud.batched_writes(store, max_bytes=bound, engine=engine, options=options)
    batch.__enter__()
    for column in (0, 2):
        for row in (0, 3):
            crud.write_region(DOCUMENT, batch, (row, column), 1, detached=True)

    def write() -> None:
        try:
            crud.write_region(DOCUMENT, batch, (6, 0), 1, detached=True)
        except crud.BatchError as error:
            refused.append(error)

    writer = in_thread(write)
    wait_for(begun.is_set, "the write of the first chunk")
    error = ValueError("the block fails")
    ended = in_thread(lambda: batch.__exit__(ValueError, error, None))
    wait_for(lambda: batch._gathered.lifetime.refusal is not None, "the end")
    go_on.set()
    join(writer, ended)
    assert keys_set(store) == ["c/0/0"]
    assert len(refused) == 1
    assert "1 chunk was written before, 3 chunks were not written" in error.__notes__[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_writes_nothing(engine: str, tmp_path: Any) -> None:
    """Catches a child that writes what the parent holds, or waits for its locks."""
    with crud.batched_writes(tmp_path, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), 1, detached=True)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with pytest.raises(crud.BatchError, match="forked"):
                    crud.write_region(DOCUMENT, batch, (3, 0), 2, detached=True)
                with pytest.raises(crud.BatchError, match="forked"):
                    crud.read_region(DOCUMENT, batch, (0, 0), detached=True)
                batch.__exit__(None, None, None)
                status = 0 if not (tmp_path / "c").exists() else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert crud.list_chunks(DOCUMENT, tmp_path, detached=True) == [(0, 0)]


def test_writes_with_other_options_are_not_mixed(engine: str) -> None:
    """Catches chunks that are written with the options of another call."""
    store = MemoryStore()
    keep = crud.Options(write_empty_chunks=True)
    fill = DOCUMENT["fill_value"]
    with crud.batched_writes(store, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), 1, detached=True)
        crud.write_region(DOCUMENT, batch, (3, 0), 1, detached=True)
        crud.write_region(DOCUMENT, batch, (0, 0), fill, detached=True, options=keep)
        crud.write_region(DOCUMENT, batch, (3, 0), fill, detached=True)
        assert crud.list_chunks(DOCUMENT, store, detached=True) == [(0, 0)]
    assert crud.list_chunks(DOCUMENT, store, detached=True) == [(0, 0)]
    with crud.batched_writes(store, engine=engine, options=keep) as batch:
        crud.write_region(DOCUMENT, batch, (3, 0), fill, detached=True)
    assert crud.list_chunks(DOCUMENT, store, detached=True) == [(0, 0), (1, 0)]
