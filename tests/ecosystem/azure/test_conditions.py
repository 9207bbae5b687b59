"""Writers of one value lose nothing: this server holds to conditions, unlike s3s-fs."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG
from zarr import crud

if TYPE_CHECKING:
    from tests.ecosystem.azure.servers import Account

pytestmark = [
    # adlfs makes sessions that it does not close.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

WRITERS = 4


def write_every_fourth(store: Any, engine: str, first: int, barrier: Any) -> None:
    """Write 25 elements, one at a time, when all writers are there."""
    array = zarr.open_array(store, mode="r+", engine=engine)
    barrier.wait(HANG)
    for at in range(first, 25 * WRITERS, WRITERS):
        array[at] = at + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "engine"), [("obstore", "zarrs"), ("bridged", "zarrs"), ("obstore", "reference")]
)
@pytest.mark.parametrize("shards", [None, (100,)])
def test_processes_lose_no_element_of_a_chunk(
    account: Account, kind: str, engine: str, shards: Any, prefix: str
) -> None:
    """Catches a condition that Azure does not get, or gets and the writer ignores."""
    store: Any = account.store(kind, prefix)
    chunks = (100,) if shards is None else (10,)
    zarr.create_array(store, shape=(100,), shards=shards, chunks=chunks, dtype="i4")
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(WRITERS, mp_context=context) as pool:
        barrier = manager.Barrier(WRITERS)
        each = [
            pool.submit(write_every_fourth, store, engine, number, barrier)
            for number in range(WRITERS)
        ]
        for writer in each:
            writer.result(HANG)
    found: Any = zarr.open_array(store, mode="r", engine="zarr")[...]
    assert found.tolist() == list(range(1, 101))


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
@pytest.mark.parametrize("kind", ["obstore", "bridged", "adlfs"])
def test_an_array_is_created_once(account: Account, kind: str, engine: str, prefix: str) -> None:
    """Catches a creation that replaces the array of another."""
    store = account.store(kind, prefix)
    document = zarr.create_array({}, shape=(4,), dtype="i4").metadata
    crud.create(document, store, engine=engine)
    with pytest.raises(zarr.errors.ContainsArrayError):
        crud.create(document, store, engine=engine)
    crud.write_region(document, store, slice(1, 3), 7, engine=engine)
    assert crud.read_region(document, store, ..., engine=engine).tolist() == [0, 7, 7, 0]


def test_a_shard_that_was_replaced_is_read_anew(account: Account, prefix: str) -> None:
    """Catches a known index that is used for another version."""
    store: Any = account.store("obstore", prefix)
    values = np.arange(400, dtype="i4").reshape(20, 20)
    array: Any = zarr.create_array(
        store, data=values, shards=(20, 20), chunks=(5, 5), engine="zarrs"
    )
    assert np.array_equal(array[3:12, 7:9], values[3:12, 7:9])
    native: Any = zarr.open_array(account.store("bridged", prefix), mode="r+", engine="zarr")
    native[...] = values[::-1] % 7
    assert np.array_equal(array[3:12, 7:9], (values[::-1] % 7)[3:12, 7:9])
