"""Every way to read that there is."""

from __future__ import annotations

import numpy as np

import zarr
from tests.crud.doctor.arrays import ragged
from zarr.crud._doctor.readers import ways
from zarr.storage import MemoryStore


def test_all_ways_read_the_same() -> None:
    """Catches a way that reads another part."""
    array = ragged(store=MemoryStore())
    box = (slice(1, 6), slice(0, 3))
    found = ways(array.document, array.location.store, "", box)
    assert [way.name for way in found] == ["zarr", "zarr, fused", "reference", "zarrista", "zarrs"]
    for way in found:
        assert (way.make is None) == (way.reason is not None)
        if way.make is not None:
            assert np.array_equal(way.make(array.location.store)(), array.stored[box])


def test_a_configured_engine_does_not_stand_for_zarrs_own_path() -> None:
    """Catches a comparison of an engine with itself."""
    array = ragged()
    box = (slice(0, 7), slice(0, 5))
    with zarr.config.set({"array.engine": "none of these", "codec_pipeline.path": "none"}):
        native = ways(array.document, array.location.store, "", box)[0]
        assert native.make is not None
        assert np.array_equal(native.make(array.location.store)(), array.stored[...])
