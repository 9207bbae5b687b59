"""xarray opens, creates, resizes and reads arrays by itself."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
import xarray as xr

import zarr
from tests.engine.entry_points import VALUES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ecosystem.conftest import Watched

pytestmark = [
    pytest.mark.filterwarnings("ignore:Consolidated metadata"),
    pytest.mark.filterwarnings("ignore:The data type"),
]

type Format = Literal[2, 3]


def dataset() -> xr.Dataset:
    """Everything that xarray encodes (masks, scales, times, strings), and what it leaves as it
    is.
    """
    air = VALUES.astype("f4")
    air[2, 3] = np.nan
    return xr.Dataset(
        {
            "air": (("time", "x"), air, {"units": "K"}),
            "packed": (("time", "x"), np.where(VALUES % 4, VALUES / 2, np.nan)),
            "count": (("x",), np.arange(5, dtype="i4")),
            "flag": (("x",), np.arange(5) % 2 == 0),
            "name": (("x",), np.array(["a", "bc", "", "äöü", "x" * 40], dtype=object)),
            "code": (("x",), np.array(["ab", "c", "", "d", "ef"], dtype="U2")),
            "total": ((), 7.5),
        },
        coords={"time": pd.date_range("2026-01-01", periods=7, unit="ns"), "x": np.arange(5)},
    )


ENCODING: dict[str, Any] = {
    "air": {"chunks": (3, 2)},
    "packed": {"dtype": "i2", "scale_factor": 0.5, "_FillValue": -1, "chunks": (2, 5)},
}


def opened(path: Path, engine: Any, **options: Any) -> xr.Dataset:
    """The contents of a store, read by an engine."""
    with zarr.config.set({"array.engine": engine}), xr.open_zarr(path, **options) as found:
        loaded: xr.Dataset = found.load()
    return loaded


@pytest.mark.parametrize("consolidated", [False, True])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_what_is_written_is_read_as_natively(
    watched: Watched, tmp_path: Path, zarr_format: Format, *, consolidated: bool
) -> None:
    """Catches an error on either side that reading its own data would hide."""
    options: Any = {"zarr_format": zarr_format, "consolidated": consolidated}
    dataset().to_zarr(tmp_path / "ours", encoding=ENCODING, **options)
    watched.assert_served("write_region")
    with zarr.config.set({"array.engine": "zarr"}):
        dataset().to_zarr(tmp_path / "native", encoding=ENCODING, **options)
    native = opened(tmp_path / "native", "zarr", consolidated=consolidated)
    xr.testing.assert_equal(native, dataset())
    watched.forget()
    for folder in ("ours", "native"):
        ours = opened(tmp_path / folder, watched.backend or watched.name, consolidated=consolidated)
        xr.testing.assert_identical(ours, native)
    watched.assert_served("read_region")
    xr.testing.assert_identical(
        opened(tmp_path / "ours", "zarr", consolidated=consolidated), native
    )


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_appended_times_follow(watched: Watched, tmp_path: Path, zarr_format: Format) -> None:
    """Catches errors in resized arrays whose last chunks are written in part."""
    first, rest = dataset().isel(time=slice(0, 4)), dataset().isel(time=slice(4, None))
    first.to_zarr(tmp_path, encoding=ENCODING, zarr_format=zarr_format, consolidated=False)
    rest.to_zarr(tmp_path, append_dim="time", consolidated=False)
    watched.assert_served("read_region", "write_region")
    for engine in ("zarr", watched.backend or watched.name):
        xr.testing.assert_equal(opened(tmp_path, engine, consolidated=False), dataset())


@pytest.mark.parametrize("region", ["auto", {"time": slice(2, 5), "x": slice(1, 4)}])
def test_a_region_is_written_and_nothing_beside_it(
    watched: Watched, tmp_path: Path, region: Any
) -> None:
    """Catches errors in parts of chunks, and in coordinates that xarray reads to find the
    region.
    """
    whole = dataset()[["air"]]
    whole.to_zarr(tmp_path, encoding={"air": ENCODING["air"]}, consolidated=False)
    part = whole.isel(time=slice(2, 5), x=slice(1, 4)) + 100
    if region != "auto":
        part = part.drop_vars(["time", "x"])
    watched.forget()
    part.to_zarr(tmp_path, region=region, consolidated=False)
    watched.assert_served("write_region", *(["read_region"] if region == "auto" else []))
    expected = whole["air"].values.copy()
    expected[2:5, 1:4] += 100
    for engine in ("zarr", watched.backend or watched.name):
        found = opened(tmp_path, engine, consolidated=False)
        np.testing.assert_array_equal(found["air"].values, expected)
        xr.testing.assert_equal(found["time"], whole["time"])


def test_dask_writes_its_chunks_and_regions(watched: Watched, tmp_path: Path) -> None:
    """Catches errors in a template without data and its parts, written from chunks of dask."""
    whole = dataset()[["air", "count"]].chunk({"time": 3, "x": 2})
    whole.to_zarr(tmp_path, compute=False, consolidated=False)
    for start in range(0, 7, 3):
        part = {"time": slice(start, start + 3)}
        whole[["air"]].isel(part).drop_vars(["x", "time"]).to_zarr(
            tmp_path, region=part, consolidated=False
        )
    watched.assert_served("write_region")
    found = opened(tmp_path, watched.backend or watched.name, consolidated=False)
    np.testing.assert_array_equal(found["air"].values, dataset()["air"].values)


def test_selections_of_lazy_arrays_are_those_of_numpy(watched: Watched, tmp_path: Path) -> None:
    """Catches wrong basic, orthogonal or pointwise indexers, each of which uses another method of
    the array.
    """
    dataset()[["air"]].to_zarr(tmp_path, encoding={"air": ENCODING["air"]}, consolidated=False)
    rows, columns = xr.DataArray([6, 0, 2], dims="p"), xr.DataArray([4, 0, 3], dims="p")
    values = dataset()["air"].values
    with xr.open_zarr(tmp_path, chunks=None, consolidated=False) as found:
        air = found["air"]
        watched.forget()
        np.testing.assert_array_equal(air[2:6:2, 1].values, values[2:6:2, 1])
        np.testing.assert_array_equal(air[::-1, -1].values, values[::-1, -1])
        np.testing.assert_array_equal(air[[6, 0, 2], 1:4].values, values[[6, 0, 2], 1:4])
        np.testing.assert_array_equal(air[[5, 1], [4, 0, 0]].values, values[[5, 1]][:, [4, 0, 0]])
        np.testing.assert_array_equal(
            air.isel(time=rows, x=columns).values, values[[6, 0, 2], [4, 0, 3]]
        )
        assert air.sel(x=3.2, method="nearest").sel(time="2026-01-03").isnull().item()
    watched.assert_served("read_region")


async def test_asynchronous_loading_is_served(watched: Watched, tmp_path: Path) -> None:
    """Catches methods of the asynchronous array that bypass the engine."""
    dataset()[["air"]].to_zarr(tmp_path, encoding={"air": ENCODING["air"]}, consolidated=False)
    with xr.open_zarr(tmp_path, chunks=None, consolidated=False) as found:
        watched.forget()
        part: Any = await found["air"].isel(time=[5, 1], x=slice(1, 4)).load_async()
        whole: Any = await found.load_async()
    watched.assert_served("read_region")
    np.testing.assert_array_equal(part.values, dataset()["air"].values[[5, 1], 1:4])
    np.testing.assert_array_equal(whole["air"].values, dataset()["air"].values)


@pytest.mark.parametrize("chunks", [None, {}])
def test_a_data_set_that_is_sent_keeps_its_engine(tmp_path: Path, chunks: Any) -> None:
    """Catches an engine that is looked up again in the process that receives the dataset."""
    xr.Dataset({"x": (("a", "b"), VALUES)}).to_zarr(tmp_path, consolidated=False)
    with zarr.config.set({"array.engine": "zarrs"}):
        sent = pickle.dumps(xr.open_zarr(tmp_path, chunks=chunks, consolidated=False))
    assert zarr.config.get("array.engine") == "zarr"
    before = zarr.zarrs.counters()["read_region"]
    arrived = pickle.loads(sent)
    assert np.array_equal(arrived.x.values, VALUES)
    assert zarr.zarrs.counters()["read_region"] > before
