"""What a type checker must see in the assembled package; pyright and mypy read this file."""

from __future__ import annotations

from typing import assert_type

import numpy as np
import numpy.typing as npt

import zarr
import zarr.crud
from zarr.core.array_spec import ArrayConfig, ArrayConfigParams


def probe_open_array(path: str) -> None:
    """`engine=` is a parameter of open_array, and an attribute of what it returns."""
    array = zarr.open_array(path, engine="zarrs")
    assert_type(array.engine, str)
    assert_type(array.async_array.engine, str)
    zarr.open_array(path, engine=None, config={"engine": "reference"})
    zarr.open_array(path, engine=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def probe_config() -> ArrayConfigParams:
    """The engine is a key of array configs and a field of the config object."""
    assert_type(ArrayConfig("C", write_empty_chunks=False, engine="zarr").engine, str)
    return {"engine": "zarrs"}


def probe_crud(path: str) -> npt.NDArray[np.generic]:
    """zarr.crud is part of the typed package."""
    metadata = zarr.crud.read_metadata(path)
    return np.asarray(zarr.crud.read_region(metadata, path, ...))
