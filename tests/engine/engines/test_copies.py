"""Copies of arrays count for themselves, and look for a reader of their own."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr._engine.engines.copies import OPERATIONS, READER
from zarr.core.sync import sync
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.arange(35, dtype="i4").reshape(7, 5)
KEPT = {OPERATIONS, READER}


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda array: pickle.loads(pickle.dumps(array))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_has_nothing_of_what_is_kept_for_the_original(copied: Any, tmp_path: Path) -> None:
    """Catches a copy that counts its reads for the original, or that lacks a part of it."""
    zarr.create_array(LocalStore(tmp_path), data=VALUES, chunks=(3, 2))
    array: Any = zarr.open_array(tmp_path, engine="zarrs")
    array[0, 0]
    original = array.async_array
    assert original.__dict__.keys() >= KEPT
    other = copied(original)
    assert other.__dict__.keys() == original.__dict__.keys() - KEPT
    assert other == original
    np.testing.assert_array_equal(sync(other.getitem((0, slice(None)))), VALUES[0])
    assert other.engine_info().operations == {"zarrs": 1}
    assert original.engine_info().operations == {"zarrs": 1}
    assert original.__dict__.keys() >= KEPT


def test_a_shallow_copy_of_the_outer_array_is_the_same_array(tmp_path: Path) -> None:
    """Catches a copy of `Array` that is no longer upstream's, which has the inner one in common."""
    zarr.create_array(LocalStore(tmp_path), data=VALUES, chunks=(3, 2))
    array: Any = zarr.open_array(tmp_path, engine="zarrs")
    other = copy.copy(array)
    assert other.async_array is array.async_array
    other[0, 0]
    assert array.engine_info().operations == {"zarrs": 1}
