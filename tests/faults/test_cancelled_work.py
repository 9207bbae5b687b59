"""Cancelled calls that compute: chunks that are not begun yet stay so."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import A_WHILE, HANG, until
from zarr import crud
from zarr.crud._stores import key_locks
from zarr.crud._stores.threads import WORKERS
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

CHUNKS = 1 << 15


class Values(dict[str, Any]):
    """The values of a store in memory; the thousandth that is asked for calls the test."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.thousandth = 0, threading.Event()

    def ask(self) -> None:
        self.asked += 1
        if self.asked >= 1000:
            self.thousandth.set()

    def __getitem__(self, key: str) -> Any:
        self.ask()
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.ask()
        super().__setitem__(key, value)


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task], timeout=HANG)
    assert task.cancelled()


@pytest.mark.parametrize("call", ["read", "write"])
async def test_a_cancelled_call_on_memory_leaves_most_chunks(engine: str, call: str) -> None:
    """Catches a call that processes every chunk for a caller that is gone.

    Machines differ in what they do meanwhile, so the test counts chunks.
    """
    values = Values()
    array = zarr.create_array(
        MemoryStore(values), shape=CHUNKS, chunks=1, dtype="i4", engine=engine
    )._async_array
    values.asked = 0
    values.thousandth.clear()
    work = array.getitem(...) if call == "read" else array.setitem(..., 1)
    task = asyncio.ensure_future(work)
    await until(values.thousandth.is_set, "the thousandth chunk")
    await cancelled(task)
    asked = values.asked
    assert asked < CHUNKS // 2
    await asyncio.sleep(A_WHILE)
    assert values.asked == asked
    assert not key_locks.held


@pytest.mark.parametrize("sharded", [False, True])
async def test_a_cancelled_write_to_files_leaves_most_chunks(
    engine: str, sharded: bool, tmp_path: Path
) -> None:
    """Catches threads of the extension that go on, and temporary files that they leave."""
    layout: Any = {"chunks": 64, "shards": 1024} if sharded else {"chunks": 1024}
    shape = 20_000 * 1024
    array = zarr.create_array(tmp_path, shape=shape, dtype="u1", engine=engine, **layout)
    task = asyncio.ensure_future(array._async_array.setitem(..., 1))
    await until((tmp_path / "c/20").exists, "a chunk")
    await cancelled(task)
    stored = sorted(path.name for path in (tmp_path / "c").iterdir())
    assert len(stored) < 15_000
    assert all(name.isdecimal() for name in stored)
    await asyncio.sleep(A_WHILE)
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == stored
    assert not key_locks.held
    array[:1024] = 2
    assert np.all(array[:1024] == 2)


async def test_a_cancelled_read_of_files_leaves_most_of_the_result(
    engine: str, tmp_path: Path
) -> None:
    """Catches a read that fills its result to the end."""
    # Chunks that are not stored, of which the extension reads a million in a second.
    shape = 1 << (23 if engine == "zarrs" else 15)
    store = zarr.storage.LocalStore(tmp_path)
    document = zarr.create_array(store, shape=shape, chunks=1, dtype="u1", fill_value=1).metadata
    out = np.zeros(shape, "u1")
    read = crud.read_region_async(document, store, out=out, engine=engine, detached=True)
    task = asyncio.ensure_future(read)
    await until(lambda: out[0], "the first chunk")
    await cancelled(task)
    filled = int(out.sum())
    assert filled < shape
    await asyncio.sleep(A_WHILE)
    assert int(out.sum()) == filled


async def test_reads_that_wait_for_a_worker_are_never_begun(engine: str) -> None:
    """Catches a queue of reads whose callers have all timed out."""

    class Silent(MemoryStore):
        asked, go_on, is_silent = 0, threading.Event(), False

        def get_sync(self, key: str, **options: Any) -> Any:
            if self.is_silent:
                Silent.asked += 1
                assert self.go_on.wait(HANG)
            return super().get_sync(key, **options)

    store = Silent()
    zarr.create_array(store, shape=4, chunks=4, dtype="i4")
    array = zarr.open_array(store, engine=engine)._async_array
    Silent.asked, store.is_silent = 0, True
    tasks = [asyncio.ensure_future(array.getitem(...)) for _ in range(3 * WORKERS)]
    await until(lambda: Silent.asked == WORKERS, "the workers")
    for task in reversed(tasks):
        task.cancel()
    await asyncio.wait(tasks, timeout=HANG)
    assert all(task.cancelled() for task in tasks)
    assert Silent.asked == WORKERS
    store.go_on.set()


async def test_lists_of_files_are_cancelled(tmp_path: Path) -> None:
    """Catches a listing of a large folder, or its deletion, that runs to its end."""
    array = zarr.create_array(tmp_path, shape=4000, chunks=1, dtype="u1", fill_value=0)
    array[...] = 1
    document = crud.read_metadata(tmp_path)
    for work in (
        partial(crud.list_chunks_async, document, tmp_path),
        partial(crud.delete_node_async, tmp_path),
    ):
        task = asyncio.ensure_future(work())
        for _ in range(20):
            await asyncio.sleep(0)
        await cancelled(task)
    left = len(list((tmp_path / "c").iterdir()))
    assert left > 0
    await asyncio.sleep(A_WHILE)
    assert len(list((tmp_path / "c").iterdir())) == left
