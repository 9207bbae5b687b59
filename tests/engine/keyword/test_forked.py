"""Calls with an engine, in forked children too, on stores whose threads are not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import obstore
import pytest

import zarr
from zarr._engine.keyword.forked import refuse_lost
from zarr.crud._stores import forks
from zarr.storage import MemoryStore, ObjectStore, StorePath

ROOT = Path(__file__).parents[3]

PROGRAM = """
import asyncio, os, signal, sys, warnings
warnings.simplefilter("ignore")
import icechunk, numpy as np, obstore, zarr
from zarr.api import asynchronous as api

engine, library = sys.argv[1:]
def made():
    if library == "obstore":
        return zarr.storage.ObjectStore(obstore.store.MemoryStore())
    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    return repository.writable_session("main").store

store = made()
zarr.create_group(store).create_array("a", data=np.arange(12).reshape(4, 3), chunks=(2, 3))
group = zarr.open_group(store, mode="r+", engine=engine)
array = group["a"]
inner, data = group._async_group, array.async_array
# Only threads tell of a library that zarr-python alone has used.
forks = sys.modules["zarr.crud._stores.forks"]
forks._used.clear()

async def listed(nodes):
    return [node async for node in nodes]

acts = {
    "open": lambda: zarr.open(store, mode="r", engine=engine),
    "open_array": lambda: zarr.open_array(store, path="a", mode="r", engine=engine),
    "config": lambda: zarr.open_array(store, path="a", mode="r", config={"engine": engine}),
    "open_group": lambda: zarr.open_group(store, mode="r", engine=engine),
    "open_consolidated": lambda: zarr.open_consolidated(store, engine=engine),
    "save": lambda: zarr.save_array(store, np.arange(3), path="n", engine=engine),
    "create_array": lambda: zarr.create_array(store, name="n", shape=3, dtype="i4", engine=engine),
    "members": lambda: list(group.members()),
    "keys": lambda: list(group.keys()),
    "contains": lambda: "a" in group,
    "getitem": lambda: group["a"],
    "delitem": lambda: group.__delitem__("a"),
    "attrs": lambda: group.attrs.update({"x": 1}),
    "create_member": lambda: group.create_array("k", shape=3, dtype="i4"),
    "create_group": lambda: group.create_group("k"),
    "require_group": lambda: group.require_group("k"),
    "read": lambda: array[...],
    "write": lambda: array.__setitem__(0, 1),
    "resize": lambda: array.resize((5, 3)),
    "append": lambda: array.append(np.zeros((1, 3))),
    "attributes": lambda: array.update_attributes({"x": 1}),
    "chunks": lambda: array.nchunks_initialized,
    "nbytes_stored": lambda: array.nbytes_stored(),
    "info_complete": lambda: array.info_complete(),
    "crud": lambda: zarr.crud.list_children(store),
    "open_async": lambda: asyncio.run(api.open_group(store, mode="r", engine=engine)),
    "members_async": lambda: asyncio.run(listed(inner.members())),
    "keys_async": lambda: asyncio.run(listed(inner.keys())),
    "getitem_async": lambda: asyncio.run(inner.getitem("a")),
    "delitem_async": lambda: asyncio.run(inner.delitem("a")),
    "attrs_async": lambda: asyncio.run(inner.update_attributes({"x": 1})),
    "read_async": lambda: asyncio.run(data.getitem(...)),
    "resize_async": lambda: asyncio.run(data.resize((5, 3))),
    "attributes_async": lambda: asyncio.run(data.update_attributes({"x": 1})),
}
configured = {
    "open_configured": lambda: zarr.open_group(store, mode="r"),
    "Group.open": lambda: zarr.Group.open(store),
    "Group.from_store": lambda: zarr.Group.from_store(store, overwrite=True),
    "Array.open": lambda: zarr.Array.open(zarr.storage.StorePath(store, "a")),
}
if store.supports_consolidated_metadata:
    configured["consolidate"] = lambda: zarr.consolidate_metadata(store)
    configured["consolidate_async"] = lambda: asyncio.run(api.consolidate_metadata(store))

def refused(named):
    for name, act in named.items():
        print(name, end=" ", flush=True)
        try:
            act()
        except zarr.crud.UnsupportedError as err:
            if "forkserver" in str(err) and library in str(err):
                print("refused", flush=True)
                continue
        print("went on", flush=True)

if os.fork() == 0:
    signal.alarm(100)
    refused(acts)
    with zarr.config.set({"array.engine": engine}):
        refused(configured)
    os._exit(0)
os.wait()
print(len(acts) + len(configured), "refused")
"""


@pytest.fixture(autouse=True)
def unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_used", set())
    monkeypatch.setattr(forks, "_lost", set())


def stored() -> list[Any]:
    """Return all that a call may name a store of obstore by."""
    store = ObjectStore(obstore.store.MemoryStore())
    group = zarr.create_group(store)
    array = group.create_array("x", shape=4, dtype="i4")
    place = StorePath(store, "x")
    return [store, place, group, group._async_group, array, array.async_array]


@pytest.mark.parametrize("engine", ["zarrs", "reference", "auto"])
def test_the_store_of_a_call_is_noted_and_refused(engine: str) -> None:
    """Catches a form of a store for which a call hangs in a forked child."""
    for given in stored():
        for args, kwargs in (((given,), {}), ((), {"store": given})):
            forks._used.clear()
            refuse_lost(engine, args, kwargs)
            assert forks._used == {"obstore"}
            forks._lost.add("obstore")
            with pytest.raises(zarr.crud.UnsupportedError, match="forkserver"):
                refuse_lost(engine, args, kwargs)
            forks._lost.clear()


def test_an_array_that_gets_an_engine_is_noted_and_refused() -> None:
    """Catches an array whose reads with its new engine hang in a forked child."""
    array = zarr.create_array(ObjectStore(obstore.store.MemoryStore()), shape=4, dtype="i4")
    for one in (array, array.async_array):
        forks._used.clear()
        one.with_engine("reference")
        assert forks._used == {"obstore"}
        forks._lost.add("obstore")
        with pytest.raises(zarr.crud.UnsupportedError, match="forkserver"):
            one.with_engine("reference")
        forks._lost.clear()


def test_calls_without_an_engine_and_other_stores_are_upstreams() -> None:
    """Catches a refusal of calls that nobody asked to differ from upstream's."""
    forks._lost.add("obstore")
    for given in stored():
        refuse_lost(None, (given,), {})
        refuse_lost("zarr", (), {"store": given})
    for given in (MemoryStore(), {}, "memory://x", 7, None):
        refuse_lost("zarrs", (given,), {"store": given})
    with zarr.config.set({"array.engine": "zarrs"}), pytest.raises(zarr.crud.UnsupportedError):
        refuse_lost(None, (stored()[0],), {})


@pytest.mark.parametrize("library", ["obstore", "icechunk"])
@pytest.mark.parametrize("engine", ["zarrs", "reference", "auto"])
def test_no_call_in_a_forked_child_waits_for_lost_threads(engine: str, library: str) -> None:
    """Catches a hang: the threads were started by zarr-python, or a method goes past the check."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, engine, library],
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
        cwd=ROOT,
    )
    *lines, count = done.stdout.splitlines()
    assert [line for line in lines if not line.endswith(" refused")] == [], done.stderr[-2000:]
    assert f"{len(lines)} refused" == count
    assert len(lines) > 35
