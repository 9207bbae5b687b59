"""The calls of the extension to a Python store: how many, of what, on which thread."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from tests.patience import HANG
from zarr import crud
from zarr.core.sync import _get_loop
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import MemoryStore
from zarr.zarrs._store_bridge import StoreBridge

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


class Slow(AsyncOnlyStore):
    """A store without synchronous methods that records how many requests run at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = self.most = 0

    async def get(self, *args: Any, **options: Any) -> Any:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return await super().get(*args, **options)


def test_requests_of_one_call_are_under_way_together() -> None:
    """Catches requests that run one by one, or that ignore zarr's own limit of concurrency."""
    store = Slow()
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="zarrs", detached=True)
    store.most = 0
    # Detached, because the document is looked for beside the chunks.
    with zarr.config.set({"async.concurrency": 4}):
        assert_same(crud.read_region(DOCUMENT, store, engine="zarrs", detached=True), VALUES)
    assert store.most == 4


def test_a_call_from_the_event_loops_own_thread_raises_at_once() -> None:
    """Catches an endless wait for the event loop on its own thread."""
    store = AsyncOnlyStore()

    async def read() -> None:
        crud.read_region(DOCUMENT, store, engine="zarrs")

    done = asyncio.run_coroutine_threadsafe(read(), _get_loop())
    with pytest.raises(zarr.core.sync.SyncError):
        done.result(timeout=HANG)


async def test_a_call_within_a_users_event_loop_works() -> None:
    """Catches a failure in notebooks, which run an event loop."""
    store = AsyncOnlyStore()
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="zarrs", detached=True)
    assert_same(crud.read_region(DOCUMENT, store, engine="zarrs"), VALUES)


def test_the_bridge_asks_for_ranges(store: Any) -> None:
    """Catches a wrong whole value, part or end of a value, and anything but `None` for none."""
    store = store if isinstance(store, AsyncOnlyStore) else MemoryStore()
    bridge = StoreBridge(store)
    bridge.set_many([("k", b"0123456789")])
    found = bridge.get_many([("k", None, None), ("k", 2, 3), ("k", None, 4), ("none", None, None)])
    assert [None if part is None else bytes(part) for part in found] == [
        b"0123456789", b"234", b"6789", None,
    ]  # fmt: skip
    bridge.delete_many(["k", "none"])
    assert bridge.get_many([("k", None, None)]) == [None]
