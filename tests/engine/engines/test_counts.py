"""The number of operations that each engine has served."""

from __future__ import annotations

import copy
import pickle
import sys
from threading import Thread
from types import SimpleNamespace

import numpy as np

import zarr
from zarr._engine.engines.copies import OPERATIONS
from zarr._engine.engines.counts import Operations, count
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def test_counts_do_not_make_arrays_differ() -> None:
    """Catches counts that change equality, pickles or copies, or a copy that keeps counting."""
    ours = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2)).with_engine("zarrs")
    other = ours.with_engine("zarrs")
    ours[0]
    assert ours == other
    again = pickle.loads(pickle.dumps(ours.async_array))
    assert again.engine == "zarrs"
    assert again.engine_info().operations == {}
    assert ours.engine_info().operations == {"zarrs": 1}


def test_operations_are_counted_for_each_engine() -> None:
    """Catches counts of two engines that are mixed, or that a caller can change."""
    operations = Operations()
    for engine in ("zarrs", "zarr", "zarrs"):
        operations.counter(engine)()
    operations.counted()["zarrs"] = 7
    assert operations.counted() == {"zarrs": 2, "zarr": 1}
    assert copy.deepcopy(operations).counted() == {}


def test_the_first_count_makes_the_attribute() -> None:
    """Catches an attribute of arrays that never used an engine, or counts that start again."""
    array = SimpleNamespace()
    assert not hasattr(array, OPERATIONS)
    for _ in range(2):
        count(array, "reference")
    assert getattr(array, OPERATIONS).counted() == {"reference": 2}


def test_threads_that_count_together_lose_nothing() -> None:
    """Catches counts that are read, raised and stored again in steps."""
    operations = Operations()

    def work() -> None:
        for _ in range(5000):
            operations.counter("zarrs")()

    threads = [Thread(target=work) for _ in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert operations.counted() == {"zarrs": 20_000}
