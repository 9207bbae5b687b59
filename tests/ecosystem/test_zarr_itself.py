"""What zarr does by itself: saving and loading values, and consolidated metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.engine.entry_points import VALUES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ecosystem.conftest import Watched


def test_save_and_load(watched: Watched, tmp_path: Path) -> None:
    """Catches changed values; a keyword `engine` of `save` is the name of an array."""
    values: Any = VALUES
    zarr.save(tmp_path / "one", values)
    assert np.array_equal(np.asarray(zarr.load(tmp_path / "one")), VALUES)
    zarr.save(tmp_path / "two", engine=values, other=values + 1)
    group = zarr.open_group(tmp_path / "two")
    assert sorted(group) == ["engine", "other"]
    zarr.save_group(tmp_path / "three", values, x=values + 2)
    found = zarr.open_group(tmp_path / "three")
    assert np.array_equal(np.asarray(found["arr_0"]), VALUES)
    assert np.array_equal(np.asarray(found["x"]), VALUES + 2)
    zarr.save_array(tmp_path / "four", values, zarr_format=2)
    assert np.array_equal(np.asarray(zarr.load(tmp_path / "four", zarr_format=2)), VALUES)
    assert np.array_equal(np.asarray(group["engine"]), VALUES)
    watched.assert_served("read_region", "write_region")


def test_consolidated_metadata_is_written_and_read(watched: Watched, tmp_path: Path) -> None:
    """Catches errors in metadata that zarr itself consolidates."""
    root = zarr.create_group(tmp_path)
    root.create_group("g").create_array("x", data=VALUES, chunks=(3, 2))
    with pytest.warns(UserWarning, match="Consolidated"):
        zarr.consolidate_metadata(tmp_path)
    found = zarr.open_consolidated(tmp_path).get_array("g/x")
    assert found.engine == root.engine
    assert np.array_equal(np.asarray(found), VALUES)
    watched.assert_served("read_region", "write_region")
