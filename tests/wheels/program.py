"""What a user does after an install: read and write with everything that is installed beside zarr.

The arguments are the configured engine of arrays, and the expected version of zarr.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import zarr
import zarr.crud

VALUES = np.arange(35, dtype="i4").reshape(7, 5)


def functions(folder: Path) -> None:
    """Both backends, in one array."""
    store = zarr.storage.LocalStore(folder / "functions.zarr")
    array = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i4")
    document = zarr.crud.read_metadata(store)
    zarr.crud.write_region(document, store, ..., VALUES, engine="zarrs")
    for engine in ("reference", "zarrs"):
        assert np.array_equal(zarr.crud.read_region(document, store, ..., engine=engine), VALUES)
    assert np.array_equal(array[:], VALUES)
    print("functions")


def xarray_(folder: Path) -> None:
    """Write and read a data set."""
    import xarray as xr

    path = folder / "xarray.zarr"
    xr.Dataset({"a": (("y", "x"), VALUES)}).to_zarr(path, consolidated=False)
    with xr.open_zarr(path, consolidated=False) as found:
        assert np.array_equal(found["a"].values, VALUES)
    print("xarray")


def dask_(folder: Path) -> None:
    """Write and read an array in blocks."""
    import dask.array

    da: Any = dask.array
    da.from_array(VALUES, chunks=(3, 2)).to_zarr(str(folder / "dask.zarr"))
    assert np.array_equal(da.from_zarr(str(folder / "dask.zarr")).compute(), VALUES)
    print("dask")


def anndata_(folder: Path) -> None:
    """Write and read observations."""
    import anndata as ad

    ad.AnnData(VALUES.astype("f4")).write_zarr(folder / "anndata.zarr")
    found: Any = ad.read_zarr(folder / "anndata.zarr")
    assert np.array_equal(found.X, VALUES)
    print("anndata")


def icechunk_(folder: Path) -> None:
    """Write a commit and read it with a function."""
    import icechunk

    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    session: Any = repository.writable_session("main")
    zarr.create_array(session.store, name="a", data=VALUES, chunks=(3, 2))
    session.commit("one array")
    store = repository.readonly_session("main").store
    document = zarr.crud.read_metadata(store, path="a")
    assert np.array_equal(zarr.crud.read_region(document, store, ...), VALUES)
    print("icechunk")


def main(engine: str, version: str) -> None:
    """Do all of it."""
    assert zarr.__version__ == version, zarr.__version__
    if engine != "zarr":
        assert zarr.create_array({}, shape=1, dtype="i4", engine=engine).engine == engine
    with tempfile.TemporaryDirectory() as name, zarr.config.set({"array.engine": engine}):
        for use in (functions, xarray_, dask_, anndata_, icechunk_):
            use(Path(name))


if __name__ == "__main__":
    main(*sys.argv[1:])
