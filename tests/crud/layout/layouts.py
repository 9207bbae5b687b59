"""Layouts for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

import zarr
from zarr import crud
from zarr.storage import MemoryStore


def ragged(**options: Any) -> crud.Layout:
    """The layout of an array of (7, 5) over (3, 2) of which some chunks are stored."""
    store = MemoryStore()
    array = zarr.create_array(
        store, shape=(7, 5), chunks=(3, 2), dtype="i2", compressors=None, **options
    )
    array[:4, :3] = 5
    return crud.layout(array.metadata, store)


def shards(level: Any = "index", name: str | None = None) -> tuple[crud.Layout, Any, Any]:
    """The layout of a sharded array, its document and its store."""
    store = MemoryStore()
    values = np.arange(1, 36, dtype="i4").reshape(7, 5)
    array = zarr.create_array(
        store, name=name, data=values, chunks=(3, 2), shards=(6, 4), compressors=None
    )
    return crud.layout(array.metadata, store, path=name, level=level), array.metadata, store
