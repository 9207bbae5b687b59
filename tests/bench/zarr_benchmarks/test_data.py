"""The arrays of the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import zarr
from bench.zarr_benchmarks.cells import ARRAYS
from bench.zarr_benchmarks.data import make, slab

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 16


def test_each_array_has_the_values_and_its_layout(tmp_path: Path) -> None:
    """Catches an array that is stored otherwise than its name says, or a slab at another place."""
    make(tmp_path, SIDE)
    i, j, k = np.indices((SIDE,) * 3, "u8")
    expected = ((i**3 + j * j // 32 + k) % 65536).astype("u2")
    layouts = {}
    for name in ARRAYS:
        array: Any = zarr.open_array(tmp_path / name, mode="r", engine="zarrs")
        assert np.array_equal(array[...], expected)
        layouts[name] = array.chunks[0], array.shards and array.shards[0], len(array.compressors)
    assert layouts == {"raw": (4, None, 0), "zstd": (4, None, 1), "sharded": (1, 4, 1)}
    assert np.array_equal(slab(4, 8, SIDE), expected[4:8])
