"""Cancelled asynchronous calls: no write lands after the caller has seen the cancellation."""

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
from tests.patience import A_WHILE, HANG, until
from zarr import crud
from zarr.crud._stores.threads import WORKERS
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

pytestmark = pytest.mark.usefixtures("few_requests")

COUNT = 60


class Held(MemoryStore):
    """A store that blocks in one of its calls until it is released."""

    holds = 10

    def __init__(self) -> None:
        super().__init__()
        self.writes, self.reached, self.go_on = 0, threading.Event(), threading.Event()

    def set_sync(self, key: str, value: Any) -> None:
        hold(self, key)
        super().set_sync(key, value)


class HeldLocal(LocalStore):
    """The same on a disk."""

    holds = 10

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.writes, self.reached, self.go_on = 0, threading.Event(), threading.Event()

    def set_sync(self, key: str, value: Any) -> None:
        hold(self, key)
        super().set_sync(key, value)


class HeldAsync(AsyncOnlyStore):
    """The same on an event loop."""

    holds = 10

    def __init__(self) -> None:
        super().__init__()
        self.writes, self.reached, self.go_on = 0, threading.Event(), threading.Event()

    async def set(self, key: str, value: Any) -> None:
        if is_held(self, key):
            await until(self.go_on.is_set, "the test")
        await super().set(key, value)


def hold(store: Any, key: str) -> None:
    """Block in a call of a synchronous store, if it is the chosen one."""
    if is_held(store, key):
        assert store.go_on.wait(HANG)


def is_held(store: Any, key: str) -> bool:
    """Count the write of a chunk; return whether it is the chosen one."""
    if not key.startswith("c/"):
        return False
    store.writes += 1
    is_the_one: bool = store.writes == store.holds
    if is_the_one:
        store.reached.set()
    return is_the_one


def made(kind: type[Any], folder: Path) -> tuple[Any, crud.Document]:
    store = kind(folder) if kind is HeldLocal else kind()
    zarr.create_array(store, shape=COUNT, chunks=1, dtype="i4", compressors=None)
    return store, crud.read_metadata(store)


def stored(document: crud.Document, store: Any) -> list[int]:
    return list(np.asarray(crud.read_region(document, store)))


async def cancel(task: asyncio.Task[None], document: crud.Document, store: Any) -> list[int]:
    """Cancel a write that a store blocks; return what is stored when the caller sees the
    cancellation, and later.

    If the caller sees it at once, that is before the store continues.
    """
    await until(store.reached.is_set, "the store")
    task.cancel()
    await asyncio.sleep(0.05)
    if not task.done():
        store.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    returned = stored(document, store)
    store.go_on.set()
    await asyncio.sleep(A_WHILE)
    assert stored(document, store) == returned
    return returned


@pytest.mark.parametrize("kind", [Held, HeldLocal, HeldAsync])
async def test_nothing_of_a_cancelled_write_lands_after_its_cancellation(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches a thread that keeps writing and undoes what the program writes next."""
    store, document = made(kind, tmp_path)
    write = crud.write_region_async(document, store, ..., 1, engine=engine)
    await cancel(asyncio.create_task(write), document, store)
    await crud.write_region_async(document, store, slice(0, 2), 2, engine=engine)
    assert stored(document, store)[:2] == [2, 2]


async def test_a_timeout_is_a_cancellation(engine: str, tmp_path: Path) -> None:
    """Catches a timeout, the most common cancellation, that is treated differently."""
    store, document = made(Held, tmp_path)
    asyncio.get_running_loop().call_later(0.1, store.go_on.set)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await crud.write_region_async(document, store, ..., 1, engine=engine)
    returned = stored(document, store)
    await asyncio.sleep(A_WHILE)
    assert store.go_on.is_set()
    assert stored(document, store) == returned


async def test_an_encoded_chunk_is_written_or_not_when_its_cancellation_is_out(
    tmp_path: Path,
) -> None:
    """Catches the same in verbs without an engine, which use the same workers."""
    store, document = made(Held, tmp_path)
    store.holds = 1
    write = crud.write_encoded_chunk_async(document, store, (0,), b"\1\0\0\0")
    await cancel(asyncio.create_task(write), document, store)


class Stuck(MemoryStore):
    """A store that does not answer a `set` until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.writes = 0

    def set_sync(self, key: str, value: Any) -> None:
        if key.startswith("c/"):
            self.writes += 1
            assert self.go_on.wait(HANG)
        super().set_sync(key, value)


async def test_a_call_that_has_not_begun_is_cancelled_at_once(engine: str, tmp_path: Path) -> None:
    """Catches a cancelled call that waits for a worker and then runs."""
    store, document = made(Stuck, tmp_path)
    tasks = [
        asyncio.create_task(crud.write_region_async(document, store, at, 1, engine=engine))
        for at in range(COUNT)
    ]
    await until(lambda: store.writes == WORKERS, "the workers")
    for task in tasks[-5:]:
        task.cancel()
    done, _ = await asyncio.wait(tasks[-5:], timeout=HANG / 2)
    assert len(done) == 5
    store.go_on.set()
    await asyncio.wait(tasks[:-5], timeout=HANG)
    assert stored(document, store) == [1] * (COUNT - 5) + [0] * 5


async def test_more_calls_than_workers_do_not_wait_for_each_other(
    engine: str, tmp_path: Path
) -> None:
    """Catches a deadlock: calls that wait for a store, on the threads that the store needs."""

    class OnThreads(AsyncOnlyStore):
        async def set(self, key: str, value: Any) -> None:
            await asyncio.to_thread(time.sleep, 0.001)
            await super().set(key, value)

    store = OnThreads()
    zarr.create_array(store, shape=200, chunks=1, dtype="i4", compressors=None)
    document = crud.read_metadata(store)
    writes = [crud.write_region_async(document, store, at, at, engine=engine) for at in range(200)]
    await asyncio.wait_for(asyncio.gather(*writes), timeout=HANG)
    assert stored(document, store) == list(range(200))


async def test_an_asynchronous_array_is_cancelled_like_the_functions(
    engine: str, tmp_path: Path
) -> None:
    """Catches a difference of the array class, which has its own path to the engines."""
    store, document = made(Held, tmp_path)
    array = await zarr.api.asynchronous.open_array(store=store, engine=engine)
    task = asyncio.create_task(array.setitem(..., 1))
    assert sum(await cancel(task, document, store)) > 0


def test_an_interrupted_event_loop_leaves_nothing_behind(engine: str, tmp_path: Path) -> None:
    """Catches writes that continue after Ctrl-C: `asyncio.run` cancels its task and waits for
    it.
    """
    store, document = made(Held, tmp_path)

    async def main() -> None:
        interruption = asyncio.create_task(interrupt())
        await crud.write_region_async(document, store, ..., 1, engine=engine)
        await interruption

    async def interrupt() -> None:
        await until(store.reached.is_set, "the store")
        asyncio.get_running_loop().call_later(0.05, store.go_on.set)
        signal.raise_signal(signal.SIGINT)

    # A shell that starts the tests in the background makes them ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(main())
    finally:
        signal.signal(signal.SIGINT, before)
    returned = stored(document, store)
    store.go_on.set()
    time.sleep(A_WHILE)
    assert stored(document, store) == returned
