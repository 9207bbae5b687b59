"""A hierarchy with arrays of several kinds, for the command line."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import zarr
from zarr.storage import LocalStore, ZipStore

DEPTH: Final = np.arange(35, dtype="i4").reshape(7, 5)


def fill(store: Any, zarr_format: Any = 3) -> None:
    """Write the hierarchy."""
    root = zarr.create_group(store, attributes={"title": "An ocean"}, zarr_format=zarr_format)
    depth = root.create_array("depth", data=DEPTH, chunks=(3, 2), attributes={"unit": "m"})
    assert depth.shape == (7, 5)
    deep = root.create_group("deep")
    if zarr_format == 3:
        heat = deep.create_array("heat", shape=(6, 4), chunks=(3, 2), shards=(6, 4), dtype="f4")
        heat[...] = np.arange(24, dtype="f4").reshape(6, 4) / 4
    with warnings.catch_warnings(action="ignore"):
        names = deep.create_array("names", shape=3, chunks=2, dtype=str)
        names[...] = ["a b", "c\x1b[2J", ""]


@pytest.fixture
def ocean(tmp_path: Path) -> Path:
    """A folder with the hierarchy."""
    fill(LocalStore(tmp_path / "ocean.zarr"))
    return tmp_path / "ocean.zarr"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A ZIP file with the hierarchy."""
    with ZipStore(tmp_path / "ocean.zip", mode="w") as store:
        fill(store)
    return tmp_path / "ocean.zip"
