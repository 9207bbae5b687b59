"""Cancelled asynchronous calls: nothing of a write lands after the cancellation is out."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

COUNT = 60


class Slow(MemoryStore):
    """A store whose calls take their time."""

    def set_sync(self, key: str, value: Any) -> None:
        time.sleep(0.01)
        super().set_sync(key, value)


class SlowLocal(LocalStore):
    """The same on a disk."""

    def set_sync(self, key: str, value: Any) -> None:
        time.sleep(0.01)
        super().set_sync(key, value)


class SlowAsync(AsyncOnlyStore):
    """The same on an event loop."""

    async def set(self, key: str, value: Any) -> None:
        await asyncio.sleep(0.05)
        await super().set(key, value)


def made(kind: type[Any], folder: Path) -> tuple[Any, crud.Document]:
    store = kind(folder) if kind is SlowLocal else kind()
    zarr.create_array(store, shape=COUNT, chunks=1, dtype="i4", compressors=None)
    return store, crud.read_metadata(store)


def stored(document: crud.Document, store: Any) -> list[int]:
    return list(np.asarray(crud.read_region(document, store)))


@pytest.mark.parametrize("kind", [Slow, SlowLocal, SlowAsync])
async def test_nothing_of_a_cancelled_write_lands_after_its_cancellation(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """A thread that writes on undoes what the program writes next."""
    store, document = made(kind, tmp_path)
    write = crud.write_region_async(document, store, ..., 1, engine=engine)
    task = asyncio.create_task(write)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    returned = stored(document, store)
    await asyncio.sleep(0.3)
    assert stored(document, store) == returned
    await crud.write_region_async(document, store, slice(0, 2), 2, engine=engine)
    assert stored(document, store)[:2] == [2, 2]


async def test_a_timeout_is_a_cancellation(engine: str, tmp_path: Path) -> None:
    """As most cancellations are."""
    store, document = made(Slow, tmp_path)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await crud.write_region_async(document, store, ..., 1, engine=engine)
    returned = stored(document, store)
    await asyncio.sleep(0.2)
    assert stored(document, store) == returned


async def test_an_encoded_chunk_is_written_or_not_when_its_cancellation_is_out(
    tmp_path: Path,
) -> None:
    """Verbs without an engine go through the same workers."""
    store, document = made(Slow, tmp_path)
    task = asyncio.create_task(crud.write_encoded_chunk_async(document, store, (0,), b"\1\0\0\0"))
    await asyncio.sleep(0.002)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    returned = stored(document, store)
    await asyncio.sleep(0.1)
    assert stored(document, store) == returned


class Stuck(MemoryStore):
    """A store that answers to no `set` before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.writes = 0

    def set_sync(self, key: str, value: Any) -> None:
        if key.startswith("c/"):
            self.writes += 1
            assert self.go_on.wait(30)
        super().set_sync(key, value)


async def test_a_call_that_has_not_begun_is_cancelled_at_once(engine: str, tmp_path: Path) -> None:
    """It waits for a worker behind other calls, and would be run when nobody wants it."""
    store, document = made(Stuck, tmp_path)
    tasks = [
        asyncio.create_task(crud.write_region_async(document, store, at, 1, engine=engine))
        for at in range(COUNT)
    ]
    await asyncio.sleep(0.2)
    begun = store.writes
    assert 0 < begun < COUNT
    for task in tasks[-5:]:
        task.cancel()
    done, _ = await asyncio.wait(tasks[-5:], timeout=5)
    assert len(done) == 5
    store.go_on.set()
    await asyncio.wait(tasks[:-5], timeout=30)
    assert stored(document, store) == [1] * (COUNT - 5) + [0] * 5


async def test_more_calls_than_workers_do_not_wait_for_each_other(
    engine: str, tmp_path: Path
) -> None:
    """Calls that wait for a store, on threads which the store needs itself, never end."""

    class OnThreads(AsyncOnlyStore):
        async def set(self, key: str, value: Any) -> None:
            await asyncio.to_thread(time.sleep, 0.001)
            await super().set(key, value)

    store = OnThreads()
    zarr.create_array(store, shape=200, chunks=1, dtype="i4", compressors=None)
    document = crud.read_metadata(store)
    writes = [crud.write_region_async(document, store, at, at, engine=engine) for at in range(200)]
    await asyncio.wait_for(asyncio.gather(*writes), timeout=60)
    assert stored(document, store) == list(range(200))


async def test_an_asynchronous_array_is_cancelled_like_the_functions(engine: str) -> None:
    """Its class has a path of its own to the engines."""
    store = Slow()
    zarr.create_array(store, shape=COUNT, chunks=1, dtype="i4", compressors=None)
    array = await zarr.api.asynchronous.open_array(store=store, engine=engine)
    task = asyncio.create_task(array.setitem(..., 1))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    document = crud.read_metadata(store)
    returned = stored(document, store)
    await asyncio.sleep(0.3)
    assert stored(document, store) == returned
    assert sum(returned) > 0


def test_an_interrupted_event_loop_leaves_nothing_behind(engine: str, tmp_path: Path) -> None:
    """`asyncio.run` cancels its task at Ctrl-C, and waits for it."""
    store, document = made(Slow, tmp_path)

    async def main() -> None:
        asyncio.get_running_loop().call_later(0.1, raise_interrupt)
        await crud.write_region_async(document, store, ..., 1, engine=engine)

    def raise_interrupt() -> None:
        signal.raise_signal(signal.SIGINT)

    # A shell that starts the tests in the background has told them to ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(main())
    finally:
        signal.signal(signal.SIGINT, before)
    returned = stored(document, store)
    time.sleep(0.2)
    assert stored(document, store) == returned
