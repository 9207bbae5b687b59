"""Children forked after the use of a store with threads of its own: an error instead of a hang."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json, os, select, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
import zarr
from zarr import crud
from zarr.storage import FsspecStore, MemoryStore, ObjectStore, WrapperStore
import obstore

kind, engine, use_before = sys.argv[1], sys.argv[2], sys.argv[3] == "used"

def make():
    if kind.startswith("obstore"):
        store = ObjectStore(obstore.store.MemoryStore())
        return WrapperStore(store) if kind == "obstore, wrapped" else store
    if kind == "icechunk":
        import icechunk
        repository = icechunk.Repository.create(icechunk.in_memory_storage())
        return repository.writable_session("main").store
    if kind == "fsspec":
        import fsspec
        from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
        wrapped = AsyncFileSystemWrapper(fsspec.filesystem("memory"), asynchronous=True)
        return FsspecStore(wrapped, path="/x")
    return MemoryStore()

def document():
    return zarr.create_array({}, shape=4, chunks=2, dtype="i4").metadata

def configured():
    with zarr.config.set({"array.engine": engine}):
        zarr.open_array(store)

acts = {}
if use_before:
    store = make()
    crud.create(document(), store)
    array = zarr.open_array(store, engine=engine)
    acts["arr[...]"] = lambda: array[...]
    acts["arr[...] ="] = lambda: array.__setitem__(..., 1)
    acts["open_array"] = lambda: zarr.open_array(store, engine=engine)
    acts["open"] = lambda: zarr.open(store, engine=engine)
    acts["open, configured"] = configured
    if kind != "fsspec":
        group = zarr.create_group(make(), engine=engine)
        group.create_array("x", shape=4, dtype="i4")
        acts["group[...]"] = lambda: group["x"]
        acts["open_group"] = lambda: zarr.open_group(group.store, engine=engine)
        acts["create_array"] = lambda: group.create_array("y", shape=4, dtype="i4")
else:
    store = None

acts |= {
    "read": lambda: crud.read_region(document(), store or make(), engine=engine, detached=True),
    "write": lambda: crud.write_region(
        document(), store or make(), ..., 1, engine=engine, detached=True
    ),
    "delete": lambda: crud.write_region(
        document(), store or make(), ..., 0, engine=engine, detached=True
    ),
    "list": lambda: crud.list_chunks(document(), store or make(), detached=True),
    "create": lambda: crud.create(document(), store or make(), overwrite=True),
}
if kind.startswith("obstore"):
    acts["new store"] = lambda: crud.read_region(document(), make(), engine=engine, detached=True)
    acts["open new store"] = lambda: zarr.create_group(make(), engine=engine)

for name, act in acts.items():
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            act()
            told = "served"
        except BaseException as err:
            told = f"{type(err).__name__}: {err}"
        os.write(sender, told.encode())
        os._exit(0)
    ready, _, _ = select.select([receiver], [], [], 20)
    print(json.dumps([name, os.read(receiver, 10000).decode() if ready else "hangs"]), flush=True)
    os.kill(child, 9)
    os.waitpid(child, 0)
"""


def outcomes(kind: str, engine: str, used: str) -> dict[str, Any]:
    command = [sys.executable, "-c", PROGRAM, kind, engine, used]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    return dict(json.loads(line) for line in out.splitlines())


@pytest.mark.parametrize("kind", ["obstore", "obstore, wrapped", "icechunk"])
def test_a_store_whose_threads_were_lost_in_a_fork_raises_at_once(engine: str, kind: str) -> None:
    """Catches a call that hangs in a child without saying why."""
    library = kind.partition(",")[0]
    found = outcomes(kind, engine, "used")
    assert len(found) >= 7
    for name, told in found.items():
        assert told.startswith("UnsupportedError: "), (name, told)
        assert f"forked after {library} had started its threads" in told
        assert "'spawn' or 'forkserver'" in told


@pytest.mark.parametrize("kind", ["obstore", "fsspec", "memory"])
def test_stores_first_used_in_the_child_are_served(engine: str, kind: str) -> None:
    """Catches an error after every fork, even if no threads were lost."""
    assert set(outcomes(kind, engine, "unused").values()) == {"served"}


@pytest.mark.parametrize("kind", ["fsspec", "memory"])
def test_stores_without_threads_of_their_own_are_served_after_use(engine: str, kind: str) -> None:
    """Catches a refusal of stores that have no threads to lose."""
    assert set(outcomes(kind, engine, "used").values()) == {"served"}
