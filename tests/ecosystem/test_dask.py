"""dask arrays on all schedulers; arrays keep their engine in other processes."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import dask
import dask.array
import numpy as np
import pytest
from distributed import Client, LocalCluster

import zarr
from tests.ecosystem.conftest import assert_same_as_native
from tests.ecosystem.workers import (
    configured_engine,
    engine_of,
    fill_every_fourth,
    sum_of,
)
from tests.engine.entry_points import VALUES
from tests.patience import HANG
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ecosystem.conftest import Watched

# Called as untyped: dask's functions have no annotations.
da: Any = dask.array


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Four workers, each a process."""
    scratch = str(tmp_path_factory.mktemp("scratch"))
    # Called as untyped: they have no annotations.
    start: Any = LocalCluster
    call: Any = Client
    with (
        start(
            n_workers=4, threads_per_worker=1, dashboard_address=":0", local_directory=scratch
        ) as cluster,
        call(cluster) as made,
    ):
        yield made


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_chunks_are_written_and_read(
    watched: Watched, tmp_path: Path, scheduler: str, zarr_format: int
) -> None:
    """Catches errors of whole chunks on many threads."""
    with dask.config.set(scheduler=scheduler):
        da.from_array(VALUES, chunks=(3, 2)).to_zarr(str(tmp_path), zarr_format=zarr_format)
        found = da.from_zarr(str(tmp_path))
        assert found.chunks == ((3, 3, 1), (2, 2, 1))
        assert np.array_equal(found.compute(), VALUES)
        assert np.array_equal((found[::2, 1:] + 1).compute(), VALUES[::2, 1:] + 1)
        assert np.array_equal(found.vindex[[6, 0], [1, 4]].compute(), VALUES[[6, 0], [1, 4]])
    watched.assert_served("read_region", "write_region")
    assert_same_as_native(zarr.open_array(tmp_path))


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
@pytest.mark.parametrize("lock", [False, True])
def test_chunks_of_dask_may_cross_those_of_the_array(
    engine: str, tmp_path: Path, *, lock: bool
) -> None:
    """Catches lost elements of threads that write parts of one chunk, without a lock of dask's."""
    values = np.arange(40 * 40).reshape(40, 40)
    target = zarr.create_array(tmp_path, shape=(50, 50), chunks=(16, 16), dtype="i4", engine=engine)
    region = (slice(5, 45), slice(3, 43))
    with dask.config.set(scheduler="threads", num_workers=4):
        da.store(da.from_array(values, chunks=(7, 5)), target, regions=region, lock=lock)
    expected = np.zeros((50, 50), "i4")
    expected[region] = values
    assert np.array_equal(target[...], expected)
    assert_same_as_native(target)


@pytest.mark.slow
def test_an_array_takes_its_engine_to_a_pool_of_processes(tmp_path: Path) -> None:
    """Catches an engine that comes from the worker's configuration instead of the pickle."""
    array = zarr.create_array(LocalStore(tmp_path), data=VALUES, chunks=(3, 2), engine="zarrs")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(engine_of, array).result(HANG) == "zarrs"
        assert pool.submit(sum_of, array).result(HANG) == VALUES.sum()
        with dask.config.set(scheduler="processes", pool=pool):
            assert da.from_zarr(array).sum().compute() == VALUES.sum()


@pytest.mark.slow
def test_a_cluster_reads_with_the_engine_of_the_array(client: Any, tmp_path: Path) -> None:
    """Catches pickles by value and by name that lose the engine in processes with another
    configuration.
    """
    group = zarr.create_group(LocalStore(tmp_path), engine="zarrs")
    array = group.create_array("x", data=VALUES, chunks=(3, 2))
    configured = client.run(configured_engine, str(tmp_path / "x"))
    assert list(configured.values()) == ["zarr"] * 4
    assert client.submit(engine_of, array).result(HANG) == "zarrs"
    assert client.submit(engine_of, group["x"]).result(HANG) == "zarrs"
    found = client.compute(da.from_zarr(array)[::2, [4, 0]]).result(HANG)
    assert np.array_equal(found, VALUES[::2, [4, 0]])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["[]", "vindex"])
@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("engines", [("zarrs",) * 4, ("zarrs", "reference") * 2])
def test_workers_of_a_cluster_share_a_chunk(
    client: Any, tmp_path: Path, kind: str, engines: tuple[str, ...], *, sharded: bool
) -> None:
    """Catches lost updates: each worker changes its own 100 elements one by one."""
    layout: Any = {"shards": (20, 20), "chunks": (5, 5)} if sharded else {"chunks": (20, 20)}
    array = zarr.create_array(LocalStore(tmp_path), shape=(20, 20), dtype="i4", **layout)
    # Not `scheduler_info`: it returns the client's copy, which the client refreshes without
    # workers.
    workers = list(client.nthreads())
    assert len(workers) == 4
    client.gather(
        [
            client.submit(
                fill_every_fourth, array.with_engine(engine), number, kind, workers=[worker]
            )
            for number, (engine, worker) in enumerate(zip(engines, workers, strict=True))
        ]
    )
    assert np.array_equal(array[...], np.arange(1, 401).reshape(20, 20))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_a_cluster_stores_chunks_that_cross_shards(
    client: Any, tmp_path: Path, engine: str
) -> None:
    """Catches lost elements of tasks that run in any order."""
    values = np.arange(30 * 30).reshape(30, 30)
    target = zarr.create_array(
        LocalStore(tmp_path), shape=(30, 30), shards=(16, 16), chunks=(4, 4), dtype="i4",
        engine=engine,
    )  # fmt: skip
    client.compute(
        da.store(da.from_array(values, chunks=(7, 5)), target, lock=False, compute=False)
    ).result(HANG)
    assert np.array_equal(target[...], values)
    assert_same_as_native(target)
