"""Reads that are awaited through a backend."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import numpy as np
import pytest
from obstore.store import MemoryStore as ObstoreMemory

import zarr
from zarr import crud
from zarr.crud.backends.awaited import waits
from zarr.crud.reference.backend import ReferenceBackend
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import LocalStore, MemoryStore, ObjectStore, StorePath

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


class Awaiting(ReferenceBackend):
    """The reference, with awaitables; it counts how it was asked."""

    name: ClassVar[str] = "awaiting"

    def __init__(self) -> None:
        super().__init__()
        self.awaited: list[str] = []
        self.threads: set[str] = set()

    def read_chunk(self, *args: Any, **options: Any) -> Any:
        """Read in the calling thread."""
        self.threads.add(threading.current_thread().name)
        return super().read_chunk(*args, **options)

    def read_region(self, *args: Any, **options: Any) -> Any:
        """Read in the calling thread."""
        self.threads.add(threading.current_thread().name)
        return super().read_region(*args, **options)

    def read_chunk_awaited(self, *args: Any, **options: Any) -> Any:
        """Read without a thread, apart from that of the store."""
        return self._later("chunk", super().read_chunk, *args, **options)

    def read_region_awaited(self, *args: Any, **options: Any) -> Any:
        """Read without a thread, apart from that of the store."""
        return self._later("region", super().read_region, *args, **options)

    async def _later(self, verb: str, read: Any, *args: Any, **options: Any) -> Any:
        self.awaited.append(verb)
        return await crud.backends.run_in_worker(read, *args, **options)


def array(store: Any, **options: Any) -> Any:
    """Create an array that holds the values."""
    made = zarr.create_array(store, data=VALUES, chunks=(3, 2), **options)
    return made.metadata


async def test_an_awaitable_serves_every_read_of_a_store_that_waits() -> None:
    """Catches a twin that takes a worker thread although the backend needs none."""
    store, backend = AsyncOnlyStore(), Awaiting()
    call: Any = {"engine": backend}
    document = array(store)
    assert_same(await crud.read_region_async(document, store, **call), VALUES)
    assert (await crud.read_region_async(document, store, (6, 4), **call)).shape == ()
    found = await crud.read_region_async(document, store, ([0, 6],), kind="orthogonal", **call)
    assert_same(found, VALUES[[0, 6]])
    assert_same(await crud.read_chunk_async(document, store, (0, 0), **call), VALUES[:3, :2])
    out = np.zeros((3, 2), "i2")
    assert await crud.read_chunk_async(document, store, (0, 0), out=out, **call) is out
    assert_same(out, VALUES[:3, :2])
    store = AsyncOnlyStore()
    sharded = array(store, shards=(6, 4))
    assert_same(await crud.read_subchunk_async(sharded, store, (0, 1), **call), VALUES[:3, 2:4])
    assert backend.awaited == ["region"] * 3 + ["chunk"] * 2 + ["region"]
    assert backend.threads == set()


async def test_other_reads_take_a_worker_thread() -> None:
    """Catches a read that blocks the event loop because the backend has no awaitable for it."""

    class Refusing(Awaiting):
        def read_chunk_awaited(self, *args: Any, **options: Any) -> Any:
            return None

        def read_region_awaited(self, *args: Any, **options: Any) -> Any:
            return None

    for store, backend in ((AsyncOnlyStore(), Refusing()), (MemoryStore(), Awaiting())):
        document = array(store)
        assert_same(await crud.read_region_async(document, store, engine=backend), VALUES)
        found = await crud.read_chunk_async(document, store, (0, 0), engine=backend)
        assert_same(found, VALUES[:3, :2])
        assert backend.awaited == []
        assert all(name.startswith("zarr-crud") for name in backend.threads)
        assert backend.threads


async def test_a_subclass_with_its_own_read_is_not_bypassed() -> None:
    """Catches an inherited awaitable that reads in another way than the subclass does."""

    class Negative(Awaiting):
        def read_region(self, *args: Any, **options: Any) -> Any:
            return -super().read_region(*args, **options)

    store, backend = AsyncOnlyStore(), Negative()
    document = array(store)
    assert_same(await crud.read_region_async(document, store, engine=backend), -VALUES)
    assert_same(
        await crud.read_chunk_async(document, store, (0, 0), engine=backend), VALUES[:3, :2]
    )
    assert backend.awaited == ["chunk"]


async def test_the_checks_come_before_the_backend() -> None:
    """Catches an awaitable of a read that is refused, or that nobody awaits."""
    store, backend = AsyncOnlyStore(), Awaiting()
    document = array(store)
    tight = crud.Options(decoded_size_budget=3)
    with pytest.raises(crud.DecodedSizeError):
        await crud.read_region_async(document, store, engine=backend, options=tight)
    with pytest.raises(crud.ValueShapeError):
        await crud.read_chunk_async(document, store, (0, 0), engine=backend, out=np.empty(1))
    with pytest.raises(IndexError):
        await crud.read_region_async(document, store, 7, engine=backend)
    assert backend.awaited == []


def test_it_is_known_without_io_which_stores_wait(tmp_path: Any) -> None:
    """Catches an object store that is taken for a synchronous one in some form."""
    inner = ObstoreMemory()
    slow: list[Any] = [inner, ObjectStore(inner), StorePath(ObjectStore(inner)), AsyncOnlyStore()]
    assert all(map(waits, slow))
    quick: list[Any] = [MemoryStore(), LocalStore(tmp_path), tmp_path, str(tmp_path), {}, None]
    assert not any(map(waits, quick))
