"""xarray and dask write to servers of S3 and read what is there, as natively."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any

import dask
import dask.array
import numpy as np
import pytest
import xarray as xr

import zarr
import zarr.zarrs
from tests.ecosystem.test_xarray import ENCODING, dataset
from tests.ecosystem.workers import engine_of, sum_of
from tests.engine.entry_points import VALUES
from tests.patience import HANG

if TYPE_CHECKING:
    from tests.ecosystem.conftest import Watched
    from tests.ecosystem.s3.servers import Account

pytestmark = [
    pytest.mark.filterwarnings("ignore:Consolidated metadata"),
    pytest.mark.filterwarnings("ignore:The data type"),
    # s3fs makes loops and sessions that it does not close.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

# Called as untyped: dask's functions have no annotations.
da: Any = dask.array
kinds = pytest.mark.parametrize("kind", ["obstore", "s3fs"])
engines = pytest.mark.parametrize("engine", ["zarrs", "reference"])
numbers = count()


@pytest.fixture
def prefix() -> str:
    """A name that no other test uses; with signs that must be sent as they are."""
    return f"a b/ä#{next(numbers)}"


def read(store: Any, engine: str) -> xr.Dataset:
    """The dataset in a store, read by an engine."""
    with (
        zarr.config.set({"array.engine": engine}),
        xr.open_zarr(store, consolidated=False) as found,
    ):
        loaded: xr.Dataset = found.load()
    return loaded


@kinds
@engines
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_dataset_is_the_same_for_every_engine(
    account: Account, kind: str, engine: str, zarr_format: Any, prefix: str
) -> None:
    """Catches requests that a real server refuses or takes for others, and elements that only the
    engine that wrote them reads.
    """
    options: Any = {"zarr_format": zarr_format, "consolidated": False, "encoding": ENCODING}
    with zarr.config.set({"array.engine": engine}):
        dataset().to_zarr(account.store(kind, f"{prefix}/ours"), **options)
    with zarr.config.set({"array.engine": "zarr"}):
        dataset().to_zarr(account.store(kind, f"{prefix}/native"), **options)
    expected = read(account.store(kind, f"{prefix}/native"), "zarr")
    xr.testing.assert_equal(expected, dataset())
    for folder in ("ours", "native"):
        for reader in (engine, "zarr"):
            found = read(account.store(kind, f"{prefix}/{folder}"), reader)
            xr.testing.assert_identical(found, expected)


@kinds
def test_dask_stores_chunks_that_cross_shards(
    watched: Watched, s3s_fs: Account, kind: str, prefix: str
) -> None:
    """Catches lost elements of threads that write parts of one shard on a server."""
    values = np.arange(30 * 30).reshape(30, 30)
    target = zarr.create_array(
        s3s_fs.store(kind, prefix), shape=(30, 30), shards=(16, 16), chunks=(4, 4), dtype="i4"
    )
    with dask.config.set(scheduler="threads", num_workers=4):
        da.store(da.from_array(values, chunks=(7, 5)), target, lock=False)
        found = da.from_zarr(zarr.open_array(s3s_fs.store(kind, prefix), mode="r"))
        assert np.array_equal(found[::2, 1:].compute(), values[::2, 1:])
    watched.assert_served("read_region", "write_region")
    native = zarr.open_array(s3s_fs.store(kind, prefix), mode="r", engine="zarr")
    assert np.array_equal(np.asarray(native[...]), values)


@engines
@kinds
def test_a_name_with_a_percent_sign_is_sent_as_it_is(
    account: Account, kind: str, engine: str, prefix: str
) -> None:
    """Catches keys that one engine encodes twice, or decodes.

    No names are listed here: s3s-fs does not encode them as it says, so s3fs misses those with `%`.
    """
    place = f"{prefix}%20%/%41"
    array = zarr.create_array(account.store(kind, place), data=VALUES, chunks=(3, 2), engine=engine)
    array[1:5, 1:3] = 7
    for other in ("obstore", "s3fs"):
        native = zarr.open_array(account.store(other, place), mode="r", engine="zarr")
        assert np.array_equal(np.asarray(native[...]), np.asarray(array[...]))


@pytest.mark.slow
@kinds
def test_an_array_takes_its_store_and_engine_to_another_process(
    s3s_fs: Account, kind: str, prefix: str
) -> None:
    """Catches credentials that are lost on the way."""
    store = s3s_fs.store(kind, prefix)
    array = zarr.create_array(store, data=VALUES, chunks=(3, 2), engine="zarrs")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(engine_of, array).result(HANG) == "zarrs"
        assert pool.submit(sum_of, array).result(HANG) == VALUES.sum()


@engines
@kinds
def test_a_deleted_chunk_reads_as_its_fill_value(
    account: Account, kind: str, engine: str, prefix: str
) -> None:
    """Catches an answer of this server for a missing value that is taken for an error."""
    array = zarr.create_array(
        account.store(kind, prefix), data=VALUES, chunks=(3, 2), fill_value=9, engine=engine
    )
    zarr.crud.delete_chunk(array.metadata, array.store, (1, 1))
    expected = VALUES.copy()
    expected[3:6, 2:4] = 9
    assert np.array_equal(np.asarray(array[...]), expected)
    assert np.array_equal(np.asarray(array.with_engine("zarr")[...]), expected)
