"""Programs that know nothing of engines, under the configured one."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import anndata
import dask
import dask.array
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
import scipy.sparse  # type: ignore[import-untyped]
import xarray as xr

import zarr
from tests.engine.backends import Recording, engine_and_sum
from tests.engine.entry_points import VALUES
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# Called as untyped: its functions have no annotations.
da: Any = dask.array


@pytest.fixture(params=["reference", "zarrs", "auto", "recording"])
def configured(request: pytest.FixtureRequest) -> Iterator[Recording | None]:
    """The engine of everything in the test; the object that serves, if one does."""
    backend = Recording() if request.param == "recording" else None
    with zarr.config.set({"array.engine": backend or request.param}):
        yield backend


def _dataset() -> xr.Dataset:
    return xr.Dataset(
        {
            "air": (("y", "x"), VALUES.astype("f4"), {"units": "K"}),
            "count": (("x",), np.arange(5, dtype="i4")),
        },
        coords={"y": np.linspace(0, 1, 7), "x": np.arange(5)},
    )


def _assert_served(backend: Recording | None, *verbs: str) -> None:
    if backend is not None:
        assert set(verbs) <= set(backend.verbs)


def test_xarray_writes_appends_and_reads(configured: Recording | None, tmp_path: Path) -> None:
    """Groups and arrays that it makes, finds, resizes and opens again, all without `engine=`."""
    dataset = _dataset()
    dataset.chunk({"y": 3, "x": 2}).to_zarr(tmp_path, zarr_format=3, consolidated=False)
    dataset.to_zarr(tmp_path, zarr_format=3, consolidated=False, append_dim="y")
    part = {"y": slice(0, 3), "x": slice(0, 2)}
    (dataset[["air"]].drop_vars(["y", "x"]).isel(part) + 100).to_zarr(
        tmp_path, region=part, consolidated=False
    )
    with xr.open_zarr(tmp_path, consolidated=False) as found:
        expected = np.vstack([VALUES, VALUES])
        expected[:3, :2] += 100
        assert np.array_equal(found["air"].values, expected)
        assert np.array_equal(found["x"].values, np.arange(5))
        assert found["air"].attrs == {"units": "K"}
    _assert_served(configured, "read_region", "write_region")


def test_xarray_reads_consolidated_metadata(configured: Recording | None, tmp_path: Path) -> None:
    """Members that are built from the group's document."""
    with pytest.warns(UserWarning, match="Consolidated"):
        _dataset().to_zarr(tmp_path, zarr_format=3, consolidated=True)
    if configured is not None:
        configured.verbs.clear()
    with xr.open_zarr(tmp_path, consolidated=True) as found:
        xr.testing.assert_equal(found.load(), _dataset())
    _assert_served(configured, "read_region")


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_dask_reads_and_writes(
    configured: Recording | None, tmp_path: Path, scheduler: str
) -> None:
    """Whole chunks by many threads."""
    with dask.config.set(scheduler=scheduler):
        da.from_array(VALUES, chunks=(3, 2)).to_zarr(str(tmp_path))
        found = da.from_zarr(str(tmp_path))
        assert found.chunks == ((3, 3, 1), (2, 2, 1))
        assert np.array_equal(found.compute(), VALUES)
        assert np.array_equal((found[::2, 1:] + 1).compute(), VALUES[::2, 1:] + 1)
    _assert_served(configured, "read_region", "write_region")


@pytest.mark.slow
def test_dask_takes_an_array_with_an_engine_to_other_processes(tmp_path: Path) -> None:
    """The engine is in the pickle, not in the configuration of the worker."""
    array = zarr.create_array(LocalStore(tmp_path), data=VALUES, chunks=(3, 2), engine="zarrs")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(engine_and_sum, array).result(60) == ("zarrs", VALUES.sum())
        with dask.config.set(scheduler="processes", pool=pool):
            assert da.from_zarr(array).sum().compute() == VALUES.sum()


@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_anndata_writes_and_reads(engine: str, tmp_path: Path) -> None:
    """Strings, categories, sparse and dense matrices in nested groups."""
    names = [f"cell {n}" for n in range(7)]
    obs = pd.DataFrame({"kind": pd.Categorical(list("abababa"))}, index=names)
    sparse = scipy.sparse.csr_matrix(VALUES % 3)
    made = anndata.AnnData(X=VALUES.astype("f4"), obs=obs, layers={"sparse": sparse})
    with zarr.config.set({"array.engine": engine}):
        made.write_zarr(tmp_path / "a.zarr")
        found: Any = anndata.read_zarr(tmp_path / "a.zarr")
    assert np.array_equal(found.X, VALUES)
    assert list(found.obs_names) == names
    assert list(found.obs["kind"]) == list("abababa")
    assert np.array_equal(found.layers["sparse"].toarray(), VALUES % 3)


def test_save_and_load(configured: Recording | None, tmp_path: Path) -> None:
    """Values in, values out; a keyword `engine` of `save` is the name of an array."""
    values: Any = VALUES
    zarr.save(tmp_path / "one", values)
    assert np.array_equal(np.asarray(zarr.load(tmp_path / "one")), VALUES)
    zarr.save(tmp_path / "two", engine=values, other=values + 1)
    group = zarr.open_group(tmp_path / "two")
    assert sorted(group) == ["engine", "other"]
    assert np.array_equal(np.asarray(group["engine"]), VALUES)
    _assert_served(configured, "read_region", "write_region")


def test_consolidated_metadata_is_written_and_read(
    configured: Recording | None, tmp_path: Path
) -> None:
    """By zarr itself."""
    root = zarr.create_group(tmp_path)
    root.create_group("g").create_array("x", data=VALUES, chunks=(3, 2))
    with pytest.warns(UserWarning, match="Consolidated"):
        zarr.consolidate_metadata(tmp_path)
    found = zarr.open_consolidated(tmp_path).get_array("g/x")
    assert found.engine == root.engine
    assert np.array_equal(np.asarray(found), VALUES)
    _assert_served(configured, "read_region", "write_region")
