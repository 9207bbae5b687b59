"""Descriptors, threads and memory after many calls, many of which fail."""

from __future__ import annotations

import gc
import threading
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.faults.support import descriptors, nameless
from tests.patience import wait_for
from zarr import crud
from zarr.crud._stores import key_locks
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

# The reference takes ten times as long, and nothing in it outlives a call.
CALLS = {"zarrs": 6000, "reference": 1000}
FAILURES = {"zarrs": 5000, "reference": 2500}


def resident() -> int:
    """Number of bytes of memory in use by this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def size() -> tuple[int, int, int]:
    """Descriptors, threads and bytes of this process, after garbage collection."""
    gc.collect()
    # Files that were replaced are closed after their write.
    wait_for(lambda: nameless() == 0, "the old files to be closed")
    return descriptors(), threading.active_count(), resident()


def grown(work: Callable[[], object], times: int) -> tuple[int, int, int]:
    """By how many descriptors, threads and bytes the process grows in this many calls.

    Something that is kept for each call shows in each third of the calls. Growth in only one third
    has another cause: a thread of another test that ends, or a pool that starts one more thread.
    """
    for _ in range(times // 10):
        work()
    sizes = [size()]
    for _ in range(3):
        for _ in range(times // 3):
            work()
        sizes.append(size())
    files, threads, memory = zip(*sizes, strict=True)
    return max(0, min(steps(files))), max(0, min(steps(threads))), 3 * sorted(steps(memory))[1]


def steps(numbers: tuple[int, ...]) -> list[int]:
    """Differences of successive numbers."""
    return [after - before for before, after in pairwise(numbers)]


@pytest.mark.parametrize("kind", ["local", "sharded", "memory"])
def test_nothing_grows_with_the_number_of_calls(engine: str, kind: str, tmp_path: Path) -> None:
    """Catches something that is kept for each call: a service dies after some days."""
    store: Any = MemoryStore() if kind == "memory" else LocalStore(tmp_path)
    layout: Any = {"chunks": (2, 8), "shards": (8, 8)} if kind == "sharded" else {"chunks": (8, 8)}
    zarr.create_array(store, shape=(8, 8), dtype="i4", **layout)
    document = crud.read_metadata(store)
    out = np.empty((8, 8), "i4")

    def work() -> None:
        crud.write_region(document, store, (0, 0), 5, engine=engine)
        crud.read_region(document, store, engine=engine, out=out)

    files, threads, memory = grown(work, CALLS[engine] // 2)
    assert (files, threads) == (0, 0)
    assert memory < 4 << 20
    assert not key_locks.held


@pytest.mark.parametrize("kind", ["local", "sharded", "memory", "refused"])
def test_nothing_grows_with_the_number_of_failures(engine: str, kind: str, tmp_path: Path) -> None:
    """Catches an error path that does not close what it opened."""
    store: Any = MemoryStore() if kind == "memory" else LocalStore(tmp_path)
    layout: Any = {"chunks": (2, 8), "shards": (8, 8)} if kind == "sharded" else {"chunks": (8, 8)}
    zarr.create_array(store, shape=(8, 8), dtype="i4", **layout)
    document = crud.read_metadata(store)
    crud.write_encoded_chunk(document, store, (0, 0), b"garbage")
    options = crud.Options(decoded_size_budget=10 if kind == "refused" else 1 << 30)
    error = crud.DecodedSizeError if kind == "refused" else crud.DecodeError
    calls: tuple[Callable[[], object], ...] = (
        lambda: crud.read_region(document, store, engine=engine, options=options),
        lambda: crud.write_region(document, store, (0, 0), 1, engine=engine, options=options),
    )

    def work() -> None:
        for call in calls:
            with pytest.raises(error):
                call()

    files, threads, memory = grown(work, FAILURES[engine] // 2)
    assert (files, threads) == (0, 0)
    assert memory < 4 << 20
    assert not key_locks.held


def test_nothing_grows_with_the_number_of_stores(engine: str) -> None:
    """Catches handles and cache entries that outlive their stores."""
    document = array_of_memory()

    def work() -> None:
        for store in (MemoryStore(), AsyncOnlyStore()):
            crud.write_region(document, store, (0, 0), 5, engine=engine, detached=True)

    files, threads, memory = grown(work, 1000)
    assert (files, threads) == (0, 0)
    assert memory < 4 << 20


def array_of_memory() -> crud.Document:
    store = MemoryStore()
    zarr.create_array(store, shape=(8, 8), chunks=(8, 8), dtype="i4")
    return crud.read_metadata(store)
