"""The number of operations that each engine has served."""

from __future__ import annotations

import pickle

import numpy as np

import zarr
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def test_counts_do_not_make_arrays_differ() -> None:
    """Equality, pickles and copies are as natively; a copy counts from zero."""
    ours = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2)).with_engine("zarrs")
    other = ours.with_engine("zarrs")
    ours[0]
    assert ours == other
    again = pickle.loads(pickle.dumps(ours.async_array))
    assert again.engine == "zarrs"
    assert again.engine_info().operations == {}
    assert ours.engine_info().operations == {"zarrs": 1}
