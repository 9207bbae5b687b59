"""What the extension keeps from one call to the next: to look at, and to let go."""

from __future__ import annotations

from typing import NamedTuple

from zarr.zarrs._extension import extension


class CacheInfo(NamedTuple):
    """What was made for documents that were met before: no data of chunks."""

    hits: int
    misses: int
    arrays: int
    """Documents that are kept, each with its store and path."""
    most_arrays: int
    indexes: int
    """Indexes of shards in local files."""
    index_bytes: int
    most_index_bytes: int


class MemoryPoolInfo(NamedTuple):
    """Memory of large results that were let go, kept for later ones."""

    blocks: int
    nbytes: int


def cache_info() -> CacheInfo:
    """Return what is kept of arrays and shards, and how often it was found.

    An index is kept for as long as its file is the same, by device, inode, size and times.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> document = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    >>> cache_clear()
    >>> for _ in range(3):
    ...     _ = zarr.crud.read_region(document, store, (0, 0), engine="zarrs")
    >>> cache_info()[:4]
    (2, 1, 1, 256)
    """
    loaded = extension()
    return CacheInfo._make((*loaded.cache_info(), *loaded.index_cache_info()))


def cache_clear() -> None:
    """Forget all of it, and the counts of hits and misses.

    Examples
    --------
    >>> cache_clear()
    >>> cache_info().arrays, cache_info().indexes
    (0, 0)
    """
    extension().cache_clear()


def memory_pool_info() -> MemoryPoolInfo:
    """Return how much memory is kept for later results; see `zarr.crud.Options.memory_pool`.

    Examples
    --------
    >>> memory_pool_clear()
    >>> memory_pool_info()
    MemoryPoolInfo(blocks=0, nbytes=0)
    """
    return MemoryPoolInfo(*extension().memory_pool_info())


def memory_pool_clear() -> None:
    """Give the memory that is kept for later results back to the system.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, data=np.zeros((2048, 2048)), chunks=(512, 512))
    >>> memory_pool_clear()
    >>> _ = zarr.crud.read_region(array.metadata, store, engine="zarrs")
    >>> del _
    >>> memory_pool_info()
    MemoryPoolInfo(blocks=1, nbytes=33554432)
    >>> memory_pool_clear()
    >>> memory_pool_info().nbytes
    0
    """
    extension().memory_pool_clear()
