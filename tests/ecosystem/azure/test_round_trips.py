"""What is written to a server of Azure is read from it, as natively."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest
import xarray as xr

import zarr
from tests.ecosystem.test_xarray import ENCODING, dataset
from tests.ecosystem.workers import engine_of, sum_of
from tests.engine.entry_points import VALUES
from tests.patience import HANG
from zarr import crud
from zarr.errors import NodeNotFoundError

if TYPE_CHECKING:
    from tests.ecosystem.azure.servers import Account

pytestmark = [
    pytest.mark.filterwarnings("ignore:Consolidated metadata"),
    pytest.mark.filterwarnings("ignore:The data type"),
    # adlfs makes sessions that it does not close.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KINDS = ["obstore", "bridged", "adlfs"]
kinds = pytest.mark.parametrize("kind", KINDS)
engines = pytest.mark.parametrize("engine", ["zarrs", "reference"])


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
    """Catches requests that the server refuses or takes for others, and elements that only the
    engine that wrote them reads.
    """
    options: Any = {"zarr_format": zarr_format, "consolidated": False, "encoding": ENCODING}
    with zarr.config.set({"array.engine": engine}):
        dataset().to_zarr(account.store(kind, f"{prefix}/ours"), **options)
    with zarr.config.set({"array.engine": "zarr"}):
        dataset().to_zarr(account.store(kind, f"{prefix}/native"), **options)
    for folder in ("ours", "native"):
        for reader in (engine, "zarr"):
            found = read(account.store(kind, f"{prefix}/{folder}"), reader)
            xr.testing.assert_equal(found, dataset())


def test_obstore_and_adlfs_are_served_natively(account: Account, prefix: str) -> None:
    """Catches tests of this folder that compare the bridge with itself."""
    document = zarr.create_array({}, shape=(4,), dtype="i4").metadata
    for kind in KINDS:
        found = crud.explain(document, account.store(kind, prefix))["zarrs"].store
        assert (found == "natively") == (kind != "bridged"), found


@kinds
@engines
@pytest.mark.parametrize("codec", ["raw", "packed"])
def test_parts_of_shards_are_those_that_zarr_reads(
    account: Account, kind: str, engine: str, codec: str, prefix: str
) -> None:
    """Catches a range, an index at the end or a missing chunk that this server answers in another
    way: it serves no last bytes.
    """
    values = np.arange(1, 3601, dtype="i4").reshape(60, 60)
    values[40:, :20] = 0
    place = f"{prefix}%20/%41"
    store: Any = account.store(kind, place)
    packed: Any = {"compressors": "auto" if codec == "packed" else None}
    zarr.create_array(store, data=values, shards=(20, 20), chunks=(5, 5), engine=engine, **packed)
    native = zarr.open_array(account.store("obstore", place), mode="r", engine="zarr")
    array = zarr.open_array(account.store(kind, place), mode="r+", engine=engine)
    for region in (..., (slice(3, 12), slice(7, 9)), (slice(35, 60), slice(0, 25)), (7, 59)):
        assert np.array_equal(np.asarray(array[region]), np.asarray(native[region]))
        assert np.array_equal(np.asarray(array[region]), values[region])
    assert (2, 0) not in crud.list_chunks(array.metadata, store)
    array[38:44, 3:9] = values[38:44, 3:9] = -1
    crud.delete_chunk(array.metadata, store, (0, 1))
    values[:20, 20:40] = 0
    for found in (array, native):
        assert np.array_equal(np.asarray(found[...]), values)
    sub = crud.read_subchunk(array.metadata, store, (1, 2), engine=engine)
    assert np.array_equal(np.asarray(sub), values[5:10, 10:15])


@kinds
@engines
def test_nodes_are_listed_and_deleted(
    account: Account, kind: str, engine: str, prefix: str
) -> None:
    """Catches names that a list decodes twice, and keys that a request for many leaves: this
    server takes 256 in one.
    """
    store: Any = account.store(kind, prefix)
    group = zarr.create_group(store)
    names = ["a b", "ü", "p%41", "q+r"]
    for name in names:
        group.create_array(name, shape=(300,), chunks=(1,), dtype="i1", fill_value=7)
    document: Any = group["p%41"]
    chosen = 300 if kind == "obstore" else 30
    crud.write_region(document.metadata, store, slice(0, chosen), 1, path="p%41", engine=engine)
    assert len(crud.list_chunks(document.metadata, store, path="p%41")) == chosen
    assert sorted(name for name, _ in crud.list_children(store)) == sorted(names)
    crud.delete_node(store, path="p%41", engine=engine)
    assert sorted(name for name, _ in crud.list_children(store)) == sorted(set(names) - {"p%41"})
    left = obstore.list(account.azure(f"{prefix}/p%41")).collect()
    assert left == []
    with pytest.raises(NodeNotFoundError):
        crud.delete_node(store, path="p%41", engine=engine)


@pytest.mark.slow
@kinds
def test_an_array_takes_its_store_and_engine_to_another_process(
    account: Account, kind: str, prefix: str
) -> None:
    """Catches credentials that are lost on the way."""
    store = account.store(kind, prefix)
    array = zarr.create_array(store, data=VALUES, chunks=(3, 2), engine="zarrs")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(engine_of, array).result(HANG) == "zarrs"
        assert pool.submit(sum_of, array).result(HANG) == VALUES.sum()


@kinds
def test_a_large_value_is_sent_in_blocks_and_read_in_parts(
    account: Account, kind: str, prefix: str
) -> None:
    """Catches blocks that are put together in another order, and a part of another length."""
    values = np.random.default_rng(0).integers(0, 2**40, (5, 1 << 20), dtype="i8")
    store: Any = account.store(kind, prefix)
    array = zarr.create_array(
        store, shape=values.shape, chunks=values.shape, dtype="i8", compressors=None, engine="zarrs"
    )
    array[...] = values
    array[1:3, 5:9] = values[1:3, 5:9] = -1
    native = zarr.open_array(account.store("obstore", prefix), mode="r", engine="zarr")
    assert np.array_equal(np.asarray(native[...]), values)
    assert np.array_equal(np.asarray(array[...]), values)
