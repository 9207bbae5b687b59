"""How many requests each engine has under way in a store that takes its time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG, until
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, LoggingStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 12
"""The chunks of an array, and the requests that a store waits for before it answers any."""


class Meeting:
    """What the stores here have in common: requests wait until enough of them are under way."""

    def prepare(self) -> None:
        self.met: dict[str, threading.Barrier] = {}
        self.is_open = False

    def meet(self, verb: str, key: str) -> threading.Barrier | None:
        if self.is_open or "zarr.json" in key:
            return None
        return self.met.setdefault(verb, threading.Barrier(COUNT))


class MeetingMemory(Meeting, MemoryStore):
    """A store with synchronous methods that wait for each other."""

    def __init__(self, _: Path) -> None:
        super().__init__()
        self.prepare()

    def get_sync(self, key: str, **options: Any) -> Any:
        if (barrier := self.meet("get", key)) is not None:
            barrier.wait(HANG)
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Any) -> None:
        if (barrier := self.meet("set", key)) is not None:
            barrier.wait(HANG)
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        if (barrier := self.meet("delete", key)) is not None:
            barrier.wait(HANG)
        super().delete_sync(key)


class MeetingLocal(Meeting, LocalStore):
    """The same on a disk."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.prepare()

    def get_sync(self, key: str, **options: Any) -> Any:
        if (barrier := self.meet("get", key)) is not None:
            barrier.wait(HANG)
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Any) -> None:
        if (barrier := self.meet("set", key)) is not None:
            barrier.wait(HANG)
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        if (barrier := self.meet("delete", key)) is not None:
            barrier.wait(HANG)
        super().delete_sync(key)


async def meet(barrier: threading.Barrier) -> None:
    """Wait on the event loop, whose own executor may have too few threads."""
    thread = threading.Thread(target=barrier.wait, args=(HANG,), daemon=True)
    thread.start()
    await until(lambda: not thread.is_alive(), "other requests")


class MeetingAsync(Meeting, AsyncOnlyStore):
    """The same on an event loop."""

    def __init__(self, _: Path) -> None:
        super().__init__()
        self.prepare()

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        if (barrier := self.meet("get", key)) is not None:
            await meet(barrier)
        return await super().get(key, *arguments, **options)

    async def set(self, key: str, value: Any) -> None:
        if (barrier := self.meet("set", key)) is not None:
            await meet(barrier)
        await super().set(key, value)

    async def delete(self, key: str) -> None:
        if (barrier := self.meet("delete", key)) is not None:
            await meet(barrier)
        await super().delete(key)


KINDS = [MeetingMemory, MeetingLocal, MeetingAsync]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("layout", ["v3", "v2", "shards"])
def test_requests_of_a_call_are_under_way_together(
    engine: str, layout: str, wrapped: bool, kind: type[Any], tmp_path: Path
) -> None:
    """Catches a store that is asked for one chunk after the other."""
    inner = kind(tmp_path)
    store = LoggingStore(inner, log_level="ERROR") if wrapped else inner
    layouts: dict[str, dict[str, Any]] = {
        "v3": {"chunks": 1},
        "v2": {"chunks": 1, "zarr_format": 2},
        "shards": {"chunks": 1, "shards": 2},
    }
    size = 2 * COUNT if layout == "shards" else COUNT
    inner.is_open = True
    zarr.create_array(store, shape=size, dtype=">i2", fill_value=0, **layouts[layout])
    array = zarr.open_array(store, engine=engine)
    crud.read_metadata(store)
    inner.is_open = False
    with zarr.config.set({"async.concurrency": COUNT}):
        inner.met.clear()
        array[...] = np.arange(1, size + 1)
        assert list(np.asarray(array[...])) == list(range(1, size + 1))
        array[...] = 0
        assert list(inner.met) == ["set", "get", "delete"]


@pytest.mark.parametrize("kind", KINDS)
def test_documents_of_members_are_looked_up_together(kind: type[Any], tmp_path: Path) -> None:
    """Catches a group whose members are looked up one after the other."""
    store = kind(tmp_path)
    store.is_open = True
    group = zarr.create_group(store)
    for number in range(COUNT):
        group.create_array(f"a{number:02}", shape=1, dtype="i1")
    met = threading.Barrier(COUNT)

    def meet(_: str, key: str) -> threading.Barrier | None:
        return met if key.startswith("a") else None

    store.meet = meet
    with zarr.config.set({"async.concurrency": COUNT}):
        children = crud.list_children(store)
    assert [path for path, _ in children] == [f"a{number:02}" for number in range(COUNT)]


def test_one_thread_of_the_reference_makes_one_request_at_a_time(tmp_path: Path) -> None:
    """Catches work outside the calling thread, although the caller has excluded it."""
    threads: set[int] = set()

    class Noting(MemoryStore):
        def get_sync(self, key: str, **options: Any) -> Any:
            threads.add(threading.get_ident())
            return super().get_sync(key, **options)

    store = Noting()
    document = zarr.create_array(store, shape=COUNT, chunks=1, dtype="i2").metadata
    threads.clear()
    options = crud.Options(concurrency=1)
    crud.read_region(document, store, engine="reference", options=options, detached=True)
    assert threads == {threading.get_ident()}
