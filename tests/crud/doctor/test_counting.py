"""A store that counts, and does not write."""

from __future__ import annotations

import numpy as np
import pytest

import zarr
from tests.crud.doctor.arrays import ragged
from zarr import crud
from zarr.crud._doctor.counting import CountingStore
from zarr.crud.testing import AsyncOnlyStore


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
@pytest.mark.parametrize("is_async", [False, True])
def test_every_read_is_counted(engine: str, is_async: bool) -> None:
    """Catches a way to read that goes past the counter."""
    array = ragged(compressors=None)
    inner = AsyncOnlyStore(array.location.store) if is_async else array.location.store
    store = CountingStore(inner)
    crud.read_region(array.document, store, ..., engine=engine, detached=True)
    assert (store.requests, store.nbytes) == (9, 9 * 6 * 8)


@pytest.mark.parametrize("pipeline", ["BatchedCodecPipeline", "FusedCodecPipeline"])
@pytest.mark.parametrize("is_async", [False, True])
def test_shards_are_counted_on_zarrs_own_path(pipeline: str, is_async: bool) -> None:
    """Catches parts of values that the other store reads itself."""
    array = ragged(shards=(6, 4))
    inner = AsyncOnlyStore(array.location.store) if is_async else array.location.store
    store = CountingStore(inner)
    with zarr.config.set({"codec_pipeline.path": f"zarr.core.codec_pipeline.{pipeline}"}):
        opened = zarr.open_array(store, mode="r")
        before = store.requests
        assert np.array_equal(opened[0:3, 0:2], array.stored[0:3, 0:2])
    assert store.requests - before >= 2


def test_nothing_is_written() -> None:
    """Catches a counter that lets writes through."""
    array = ragged()
    store = CountingStore(array.location.store)
    with pytest.raises(crud.ReadOnlyError):
        crud.write_region(array.document, store, ..., 0)
    with pytest.raises(ValueError, match="read-only"):
        zarr.open_array(store, mode="r+")[...] = 0
