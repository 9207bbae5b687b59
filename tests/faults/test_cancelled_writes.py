"""Cancelled writes complete the requests under way, and begin no other."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.interrupts import is_interrupted
from tests.patience import A_WHILE, HANG, in_thread, join, until, wait_for
from zarr import crud
from zarr._engine.calls import stored_chunks
from zarr.abc.store import Store
from zarr.core.buffer import default_buffer_prototype
from zarr.core.indexing import BasicIndexer
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("few_requests")

COUNT = 60


class Held:
    """What the stores here have in common: changes of chunks wait while the test holds them."""

    def prepare(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def begin(self, key: str) -> bool:
        """Note a change; return whether it must wait."""
        if "zarr.json" in key or self.go_on.is_set():
            return False
        self.begun.append(key)
        return True


class HeldMemory(Held, MemoryStore):
    """A store with synchronous methods that wait."""

    def __init__(self, _: Path) -> None:
        super().__init__()
        self.prepare()

    def set_sync(self, key: str, value: Any) -> None:
        held = self.begin(key) and self.go_on.wait(HANG)
        super().set_sync(key, value)
        if held:
            self.ended.append(key)

    def delete_sync(self, key: str) -> None:
        held = self.begin(key) and self.go_on.wait(HANG)
        super().delete_sync(key)
        if held:
            self.ended.append(key)

    # As a store on a network would: zarr's own store in memory deletes folders itself.
    delete_dir = Store.delete_dir


class HeldLocal(Held, LocalStore):
    """The same on a disk."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.prepare()

    delete_dir = Store.delete_dir

    def set_sync(self, key: str, value: Any) -> None:
        held = self.begin(key) and self.go_on.wait(HANG)
        super().set_sync(key, value)
        if held:
            self.ended.append(key)

    def delete_sync(self, key: str) -> None:
        held = self.begin(key) and self.go_on.wait(HANG)
        super().delete_sync(key)
        if held:
            self.ended.append(key)


class HeldAsync(Held, AsyncOnlyStore):
    """The same on an event loop."""

    def __init__(self, _: Path) -> None:
        super().__init__()
        self.prepare()

    delete_dir = Store.delete_dir

    async def set(self, key: str, value: Any) -> None:
        if self.begin(key):
            await until(self.go_on.is_set, "the test")
            await super().set(key, value)
            self.ended.append(key)
            return
        await super().set(key, value)

    async def delete(self, key: str) -> None:
        if self.begin(key):
            await until(self.go_on.is_set, "the test")
            await super().delete(key)
            self.ended.append(key)
            return
        await super().delete(key)


KINDS = [HeldMemory, HeldLocal, HeldAsync]


async def made(kind: type[Any], engine: str, root: Path, *, shards: bool = False) -> Any:
    """An asynchronous array with every chunk stored, in a store that holds changes from now on."""
    store = kind(root)
    layout: Any = {"chunks": (1, 2), "shards": (1, 4)} if shards else {"chunks": (1, 4)}
    array = zarr.create_array(store, shape=(COUNT, 4), dtype="i4", engine=engine, **layout)
    await array._async_array.setitem(..., 1)
    store.go_on.clear()
    return array._async_array


def foreign(array: Any) -> Any:
    """A write by an indexer of the caller's own, which takes the codec pipeline."""
    indexer = BasicIndexer(..., array.shape, array._chunk_grid)
    value = np.full(array.shape, 2, "i4")
    return array._set_selection(indexer, value, prototype=default_buffer_prototype())


WAYS: dict[str, Callable[[Any, str], Any]] = {
    "setitem": lambda array, _: array.setitem(..., 2),
    "part": lambda array, _: array.setitem((slice(None), 1), 2),
    "fill": lambda array, _: array.setitem(..., 0),
    "append": lambda array, _: array.append(np.full((COUNT, 4), 2, "i4")),
    "pipeline": lambda array, _: foreign(array),
    "region": lambda array, engine: crud.write_region_async(
        array.metadata, array.store_path.store, ..., 2, engine=engine
    ),
    "chunk": lambda array, engine: crud.write_chunk_async(
        array.metadata, array.store_path.store, (0, 0), np.full((1, 4), 2, "i4"), engine=engine
    ),
    "encoded": lambda array, _: crud.write_encoded_chunk_async(
        array.metadata, array.store_path.store, (0, 0), b"x"
    ),
    "delete_chunk": lambda array, _: crud.delete_chunk_async(
        array.metadata, array.store_path.store, (0, 0)
    ),
    "resize": lambda array, _: array.resize((0, 4)),
    "delete_node": lambda array, _: crud.delete_node_async(array.store_path.store),
}
ALONE = ("chunk", "encoded", "delete_chunk")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
async def test_a_cancelled_write_completes_what_is_under_way_and_begins_no_more(
    engine: str, way: str, kind: type[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a write that runs to its end, and one that goes on after its caller has gone on."""
    # Below this limit, zarr deletes the chunks.
    monkeypatch.setattr(stored_chunks, "MOST_UNLISTED", 0)
    array = await made(kind, engine, tmp_path)
    store = array.store_path.store
    task = asyncio.ensure_future(WAYS[way](array, engine))
    most = 1 if way in ALONE else zarr.config.get("async.concurrency")
    await until(
        lambda: task.done() or len(store.begun) == most, "as many requests as may be under way"
    )
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.01)
    assert not task.done()
    assert len(store.begun) == most
    store.go_on.set()
    await asyncio.wait([task], timeout=HANG)
    assert task.cancelled()
    ended = sorted(store.ended)
    assert ended == sorted(store.begun)
    assert len(ended) == most
    # From here on the store would record every change.
    store.go_on.clear()
    await asyncio.sleep(A_WHILE)
    assert sorted(store.begun) == ended
    store.go_on.set()


@pytest.mark.parametrize("kind", KINDS)
async def test_shards_are_no_exception(engine: str, kind: type[Any], tmp_path: Path) -> None:
    """Catches the same for shards, which are read before they are written."""
    array = await made(kind, engine, tmp_path, shards=True)
    store = array.store_path.store
    task = asyncio.ensure_future(array.setitem((slice(None), 1), 2))
    await until(lambda: store.begun, "a request")
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    store.go_on.set()
    await asyncio.wait([task], timeout=HANG)
    assert task.cancelled()
    assert sorted(store.ended) == sorted(store.begun)
    assert len(store.begun) <= zarr.config.get("async.concurrency")
    again = zarr.open_array(store, engine=engine)
    again[:, 1] = 3
    assert np.all(again[:, 1] == 3)
    assert np.all(again[:, 0] == 1)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_write_that_waits_for_another_writer_is_cancelled_at_once(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches a wait for a lock that no cancellation ends."""
    array = await made(kind, engine, tmp_path)
    store = array.store_path.store
    first = asyncio.ensure_future(array.setitem((0, 0), 2))
    await until(lambda: store.begun, "the first writer")
    second = asyncio.ensure_future(array.setitem((0, 1), 3))
    await asyncio.sleep(0.02)
    second.cancel()
    await asyncio.wait([second], timeout=HANG / 2)
    assert second.cancelled()
    assert not first.done()
    store.go_on.set()
    await first
    assert list(await array.getitem((0, slice(None)))) == [2, 1, 1, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupt_completes_what_is_under_way(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches Ctrl-C that returns while requests of the call are still being made."""
    array = asyncio.run(made(kind, engine, tmp_path))
    store = array.store_path.store
    most = zarr.config.get("async.concurrency")

    def is_under_way() -> bool:
        return bool(len(store.begun) == most)

    def release() -> None:
        wait_for(is_under_way, "the requests")
        threading.Event().wait(A_WHILE)
        store.go_on.set()

    releasing = in_thread(release)
    write = partial(crud.write_region, array.metadata, store, ..., 2, engine=engine)
    assert is_interrupted(is_under_way, write)
    assert sorted(store.ended) == sorted(store.begun)
    assert len(store.begun) == most
    join(releasing)
