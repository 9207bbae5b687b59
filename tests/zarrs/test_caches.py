"""The caches of the extension."""

from __future__ import annotations

from typing import Any

import zarr
from zarr.storage import MemoryStore
from zarr.zarrs import (
    CacheInfo,
    MemoryPoolInfo,
    cache_clear,
    cache_info,
    memory_pool_clear,
    memory_pool_info,
)


def test_hits_and_misses_are_those_of_arrays() -> None:
    """Catches two numbers that are exchanged, or that stay after the cache is cleared."""
    array: Any = zarr.create_array(MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i2")
    cache_clear()
    empty = cache_info()
    assert empty == CacheInfo(0, 0, 0, empty.most_arrays, 0, 0, empty.most_index_bytes)
    assert min(empty.most_arrays, empty.most_index_bytes) > 0
    for _ in range(4):
        zarr.crud.read_region(array.metadata, array.store, (0, 0), engine="zarrs")
    found = cache_info()
    assert (found.misses, found.arrays) == (1, 1)
    assert found.hits == 3
    cache_clear()
    assert cache_info() == empty


def test_the_pool_keeps_the_memory_of_a_large_result_until_it_is_cleared() -> None:
    """Catches two numbers that are exchanged, or memory that cannot be returned."""
    memory_pool_clear()
    assert memory_pool_info() == MemoryPoolInfo(blocks=0, nbytes=0)
    array: Any = zarr.create_array(MemoryStore(), shape=(1 << 20,), chunks=(1 << 20,), dtype="f8")
    found: Any = array.with_engine("zarrs")[...]
    assert memory_pool_info().blocks == 0
    del found
    assert memory_pool_info() == MemoryPoolInfo(blocks=1, nbytes=8 << 20)
    memory_pool_clear()
    assert memory_pool_info() == (0, 0)
