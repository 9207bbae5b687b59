"""Cancelled reads return although the store never answers, and ask for nothing more."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.interrupts import is_interrupted
from tests.patience import A_WHILE, HANG, until
from zarr import crud
from zarr.core.buffer import default_buffer_prototype
from zarr.core.indexing import BasicIndexer
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("few_requests")

COUNT = 60


class Silent:
    """What the stores here have in common: no answer while the test forbids it."""

    def prepare(self) -> None:
        self.is_silent, self.asked = False, 0
        self.go_on = threading.Event()

    def note(self) -> bool:
        """Count a request; return whether it must wait."""
        self.asked += self.is_silent
        return self.is_silent and not self.go_on.is_set()


class SilentMemory(Silent, MemoryStore):
    """A store that does not answer `get_sync`."""

    def __init__(self, _: Path) -> None:
        super().__init__()
        self.prepare()

    def get_sync(self, key: str, **options: Any) -> Any:
        if self.note():
            assert self.go_on.wait(HANG)
        return super().get_sync(key, **options)


class SilentLocal(Silent, LocalStore):
    """The same on a disk."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.prepare()

    def get_sync(self, key: str, **options: Any) -> Any:
        if self.note():
            assert self.go_on.wait(HANG)
        return super().get_sync(key, **options)


class SilentAsync(Silent, AsyncOnlyStore):
    """The same on an event loop."""

    def __init__(self, _: Path) -> None:
        super().__init__()
        self.prepare()

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        if self.note():
            await until(self.go_on.is_set, "the test")
        return await super().get(key, *arguments, **options)

    async def list_dir(self, prefix: str) -> Any:
        if self.note():
            await until(self.go_on.is_set, "the test")
        async for name in super().list_dir(prefix):
            yield name


KINDS = [SilentMemory, SilentLocal, SilentAsync]


async def made(kind: type[Any], engine: str, root: Path, *, shards: bool = False) -> Any:
    """An asynchronous array with every chunk stored, in a store that is silent from now on."""
    store = kind(root)
    layout: Any = {"chunks": (1, 2), "shards": (1, 4)} if shards else {"chunks": (1, 4)}
    array = zarr.create_array(store, shape=(COUNT, 4), dtype="i4", engine=engine, **layout)
    await array._async_array.setitem(..., np.arange(4 * COUNT).reshape(COUNT, 4))
    store.is_silent = True
    return array._async_array


def is_asked_more(store: Any, than: int) -> bool:
    return bool(store.asked > than)


async def cancelled(call: Coroutine[Any, Any, Any], store: Any) -> None:
    """Cancel a call while the store is silent; it must end without an answer."""
    task = asyncio.ensure_future(call)
    await until(lambda: store.asked, "a request")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(task), HANG / 2)
    asked = store.asked
    assert asked <= zarr.config.get("async.concurrency")
    store.go_on.set()
    await asyncio.sleep(A_WHILE)
    assert store.asked == asked


def foreign(array: Any) -> Any:
    """A read by an indexer of the caller's own, which takes the codec pipeline."""
    indexer = BasicIndexer(..., array.shape, array._chunk_grid)
    return array._get_selection(indexer, prototype=default_buffer_prototype())


WAYS: dict[str, Callable[[Any, str], Any]] = {
    "getitem": lambda array, _: array.getitem(...),
    "orthogonal": lambda array, _: array.get_orthogonal_selection(([0, 3, 50], slice(None))),
    "coordinate": lambda array, _: array.get_coordinate_selection(([0, 3, 50], [1, 0, 2])),
    "mask": lambda array, _: array.get_mask_selection(np.ones(array.shape, bool)),
    "pipeline": lambda array, _: foreign(array),
    "region": lambda array, engine: crud.read_region_async(
        array.metadata, array.store_path.store, engine=engine, detached=True
    ),
    "chunk": lambda array, engine: crud.read_chunk_async(
        array.metadata, array.store_path.store, (0, 0), engine=engine
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
async def test_a_cancelled_read_does_not_wait_for_the_store(
    engine: str, way: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches a timeout that does not limit anything."""
    array = await made(kind, engine, tmp_path)
    await cancelled(WAYS[way](array, engine), array.store_path.store)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cancelled_read_of_shards_does_not_wait_either(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches the same for requests of parts of values."""
    array = await made(kind, engine, tmp_path, shards=True)
    await cancelled(array.getitem((slice(None), 0)), array.store_path.store)


NODES: dict[str, Callable[[Any], Any]] = {
    "read_metadata": crud.read_metadata_async,
    "list_children": crud.list_children_async,
    "create": lambda store: crud.create_async(
        {"zarr_format": 3, "node_type": "group", "attributes": {}}, store, path="a/b"
    ),
    "delete_node": crud.delete_node_async,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", NODES)
async def test_verbs_of_nodes_do_not_wait_either(
    verb: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches a look-up of documents that is not cancelled, or followed by a change."""
    store = kind(tmp_path)
    zarr.create_group(store)
    store.is_silent = True
    await cancelled(NODES[verb](store), store)
    store.is_silent = False
    assert crud.read_metadata(store).node_type == "group"
    assert crud.list_children(store) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_written_into_out_after_the_cancellation(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches a thread that gets its answer late and writes to memory that has another use."""
    array = await made(kind, engine, tmp_path)
    store = array.store_path.store
    out = np.full(array.shape, -1, "i4")
    read = crud.read_region_async(array.metadata, store, out=out, engine=engine, detached=True)
    await cancelled(read, store)
    assert np.all(out == -1)


@pytest.mark.parametrize("kind", KINDS)
async def test_many_cancelled_reads_leave_room_for_others(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches workers that wait for a silent store, so that the next call gets none."""
    array = await made(kind, engine, tmp_path)
    store = array.store_path.store
    for _ in range(40):
        task = asyncio.ensure_future(array.getitem((0, 0)))
        await until(partial(is_asked_more, store, store.asked), "a request")
        task.cancel()
        await asyncio.wait([task], timeout=HANG)
        assert task.cancelled()
    other = await made(type(store), engine, tmp_path / "other")
    other.store_path.store.is_silent = False
    assert (await other.getitem((0, 1))) == 1
    store.go_on.set()


async def test_timeouts_and_task_groups_work(engine: str, tmp_path: Path) -> None:
    """Catches a cancellation that is swallowed, or raised as another error."""
    array = await made(SilentMemory, engine, tmp_path)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await array.getitem(...)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(array.getitem(...), 0.01)

    async def fail() -> None:
        await until(lambda: array.store_path.store.asked, "a request")
        raise KeyError("sibling")

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(array.getitem(...))
            tasks.create_task(fail())

    with pytest.raises(ExceptionGroup) as caught:
        await group()
    assert [type(error) for error in caught.value.exceptions] == [KeyError]
    array.store_path.store.go_on.set()


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_reported_as_lost(
    engine: str, kind: type[Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Catches "exception was never retrieved", and tasks that are left on the loop."""
    array = await made(kind, engine, tmp_path)
    before = asyncio.all_tasks()
    await cancelled(array.getitem(...), array.store_path.store)
    assert asyncio.all_tasks() == before
    assert not caplog.records


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupt_ends_a_read_of_many_chunks(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches the same for Ctrl-C in a synchronous call."""
    array = asyncio.run(made(kind, engine, tmp_path))
    store = array.store_path.store
    out = np.full(array.shape, -1, "i4")
    read = partial(crud.read_region, array.metadata, store, out=out, engine=engine, detached=True)
    assert is_interrupted(lambda: store.asked, read)
    asked = store.asked
    store.go_on.set()
    threading.Event().wait(A_WHILE)
    assert store.asked == asked
    assert np.all(out == -1)
