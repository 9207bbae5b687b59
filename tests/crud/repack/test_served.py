"""Arrays that no engine can encode."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.storage import MemoryStore


def test_a_target_is_kept_if_the_array_cannot_be_encoded() -> None:
    """Catches a target that `overwrite` deletes before it is known that nothing can replace it."""
    source, target = MemoryStore(), MemoryStore()
    chain: dict[str, Any] = {"filters": [numcodecs.Delta(">i4")], "compressors": None}
    numbers = np.arange(40, dtype=">i4")
    zarr.create_array(source, name="a", data=numbers, chunks=4, zarr_format=2, **chain)
    zarr.create_array(target, data=np.arange(5), chunks=4)
    before = dict(target._store_dict)
    for call in (crud.repack_plan, crud.repack):
        with pytest.raises(crud.UnsupportedError) as caught:
            call(source, target, zarr_format=3, chunks=2, overwrite=True)
        assert "array 'a' of the source; nothing was written" in caught.value.__notes__
        assert dict(target._store_dict) == before


def test_nothing_stored_needs_no_engine() -> None:
    """Catches an array that is refused although nothing of it is encoded."""
    source, target = MemoryStore(), MemoryStore()
    chain: dict[str, Any] = {"filters": [numcodecs.Delta(">i4")], "compressors": None}
    zarr.create_array(source, shape=40, dtype=">i4", chunks=4, zarr_format=2, **chain)
    assert crud.repack(source, target, zarr_format=3, chunks=2).ok
