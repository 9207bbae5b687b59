"""Summaries of nodes with an engine."""

from __future__ import annotations

import numpy as np

import zarr
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def test_a_summary_equals_upstreams() -> None:
    """Catches a difference because of the engine, for programs that compare summaries."""
    native = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
    ours = native.with_engine("zarrs")
    assert ours.info == native.info
    assert native.info == ours.info
    assert hash(ours.info) == hash(native.info)
    assert "zarrs" in repr(ours.info)
    assert "zarrs" not in repr(native.info)
    native.resize((8, 5))
    assert ours.info != native.info
    assert ours.info != "another thing"
