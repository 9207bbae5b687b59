"""Process pools over an array that their parent opened, as loaders of training data use it."""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.ecosystem.workers import inherit, read_inherited
from tests.engine.entry_points import VALUES
from tests.patience import HANG
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    # Python warns about every fork beside threads, and pools and test runners have some.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),
]

ORDER = [6, 0, 3, 1, 5, 2, 4] * 8


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("engine", ["reference", "zarrs", "auto"])
def test_workers_read_an_array_that_the_parent_has_read(
    engine: str, method: str, tmp_path: Path, *, sharded: bool
) -> None:
    """Catches a hang on threads and locks of the parent that have no owner in the child."""
    layout: Any = {"shards": (4, 4), "chunks": (2, 2)} if sharded else {"chunks": (3, 2)}
    zarr.create_array(LocalStore(tmp_path), data=VALUES, **layout)
    array: Any = zarr.open_array(tmp_path, mode="r", engine=engine)
    assert np.array_equal(array[...], VALUES)
    assert np.array_equal(array.oindex[[6, 0], 1:3], VALUES[[6, 0], 1:3])
    context: Any = multiprocessing.get_context(method)
    with context.Pool(2, initializer=inherit, initargs=(array,)) as pool:
        found = pool.map_async(read_inherited, ORDER, chunksize=4).get(HANG)
    assert {name for name, _, _ in found} == {engine}
    assert os.getpid() not in {pid for _, pid, _ in found}
    assert [row for _, _, row in found] == VALUES[ORDER].tolist()
    assert np.array_equal(array[...], VALUES)


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_pools_may_follow_one_another(engine: str, tmp_path: Path) -> None:
    """Catches the same with one pool per epoch, and reads of the parent in between."""
    array = zarr.create_array(LocalStore(tmp_path), data=VALUES, chunks=(3, 2), engine=engine)
    context: Any = multiprocessing.get_context("fork")
    for _ in range(3):
        with context.Pool(2, initializer=inherit, initargs=(array,)) as pool:
            found = pool.map_async(read_inherited, ORDER, chunksize=2).get(HANG)
        assert [row for _, _, row in found] == VALUES[ORDER].tolist()
        assert np.array_equal(array[2:5, 1], VALUES[2:5, 1])
