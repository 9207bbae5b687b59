"""Requests for names and documents of many nodes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from zarr._engine.nodes.requests import Name, each, requests_to
from zarr.core.buffer import cpu
from zarr.core.sync import sync
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from zarr.abc.store import Store


class Subclass(MemoryStore):
    """Its methods may do anything."""


@pytest.mark.parametrize("kind", ["memory", "local", "asynchronous", "subclass"])
def test_names_and_values_are_found_in_order(kind: str, tmp_path: Path) -> None:
    """Catches names or values of another path or key, or an absent one that is an error."""
    stores: dict[str, Store] = {
        "memory": MemoryStore(),
        "local": LocalStore(tmp_path),
        "asynchronous": AsyncOnlyStore(),
        "subclass": Subclass(),
    }
    store = stores[kind]
    for key in ("a/x/zarr.json", "a/y", "b/z"):
        sync(store.set(key, cpu.Buffer.from_bytes(key.encode())))
    found = sync(requests_to(store, "", "zarrs"))
    names = sync(found.names(["b", "a", "none"]))
    assert [sorted(one) for one in names] == [[Name("z")], [Name("x"), Name("y")], []]
    keys = ["b/z", "none", "a/y/zarr.json", "a/x", "a/y"]
    values = sync(found.values(keys))
    assert [None if value is None else value.to_bytes() for value in values] == [
        *(b"b/z", None, None, None, b"a/y")
    ]
    assert sync(found.names([])) == sync(found.values([])) == []


class Twice(AsyncOnlyStore):
    """Lists a key and the keys below it as two names, as most object stores do."""

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        names = [name async for name in super().list_dir(prefix)]
        for name in (*names, *names):
            yield name


def test_a_name_that_is_listed_twice_is_one() -> None:
    """Catches a node that is read and returned twice."""
    store = Twice()
    for key in ("a/x", "a/y"):
        sync(store.set(key, cpu.Buffer.from_bytes(b"")))
    found = sync(requests_to(store, "", "zarrs"))
    names = sync(found.names(["a"]))[0]
    assert sorted(names) == [Name("x"), Name("y")]


def test_files_take_one_thread_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a thread for each file."""
    calls: list[int] = []

    async def to_thread(function: Any, paths: Any) -> Any:
        calls.append(len(paths))
        return function(paths)

    monkeypatch.setattr(asyncio, "to_thread", to_thread)
    files = sync(requests_to(LocalStore(tmp_path), "", "zarrs"))
    assert sync(files.values(["a", "b", "c"])) == [None] * 3
    assert sync(files.names(["a", "b"])) == [[], []]
    assert calls == [3, 2]


def test_no_more_calls_run_than_are_allowed_and_all_may() -> None:
    """Catches a limit that is exceeded, or not used."""
    running = [0, 0]

    async def call(item: int) -> int:
        running[0] += 1
        running[1] = max(running)
        await asyncio.sleep(0)
        running[0] -= 1
        return -item

    with zarr.config.set({"array.requests_in_flight": 7}):
        assert asyncio.run(each(call, range(50))) == [-n for n in range(50)]
    assert running == [0, 7]


def test_a_failure_ends_the_other_calls() -> None:
    """Catches calls that run on after an error, or an error that is replaced."""
    failure, ended = LookupError("no"), []

    async def call(item: int) -> None:
        if item == 3:
            raise failure
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(item)

    async def run() -> set[Any]:
        with pytest.raises(LookupError) as found:
            await each(call, range(6))
        assert found.value is failure
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(run()) == set()
    assert sorted(ended) == [0, 1, 2, 4, 5]


def test_documents_are_read_beside_requests_that_are_cancelled() -> None:
    """Catches a cancellation that is taken for an error of the store."""

    async def run() -> None:
        task = asyncio.create_task(each(asyncio.sleep, [3600, 3600]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
