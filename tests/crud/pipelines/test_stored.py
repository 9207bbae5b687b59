"""Which chunks are stored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import zarr
from zarr.crud._pipelines.stored import are_stored

if TYPE_CHECKING:
    from zarr.abc.store import Store


def test_each_chunk_is_looked_up(store: Store) -> None:
    """Catches an answer for another chunk, or one that takes a folder for a chunk."""
    array = zarr.create_array(store, name="a/b", shape=9, chunks=3, dtype="i4")
    array[3:6] = 1
    inner = array._async_array
    places = [inner.store_path / key for key in ("c/0", "c/1", "c", "c/2")]
    assert asyncio.run(are_stored(places)) == [False, True, False, False]
