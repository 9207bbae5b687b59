"""The caches of the extension: inspect and clear them."""

from __future__ import annotations

from typing import NamedTuple

from zarr.zarrs._extension import extension


class CacheInfo(NamedTuple):
    """The cached arrays and shard indexes; see `chunk_cache_info` for chunks."""

    hits: int
    misses: int
    arrays: int
    """Cached documents, each with its store and path."""
    most_arrays: int
    """An array with a document of more than 16 KiB counts as several."""
    indexes: int
    """Cached indexes of shards in local files."""
    index_bytes: int
    most_index_bytes: int


class MemoryPoolInfo(NamedTuple):
    """Memory of freed large results, and of values that were sent, kept for later ones."""

    blocks: int
    nbytes: int


def cache_info() -> CacheInfo:
    """Return the number of cached arrays and shard indexes, and of cache hits and misses.

    A cached index is valid as long as its file has the same device, inode, size and timestamps.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> document = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    >>> cache_clear()
    >>> for _ in range(3):
    ...     _ = zarr.crud.read_region(document, store, (0, 0), engine="zarrs")
    >>> cache_info()[:4]
    (2, 1, 1, 1024)
    """
    loaded = extension()
    return CacheInfo._make((*loaded.cache_info(), *loaded.index_cache_info()))


def cache_clear() -> None:
    """Clear the caches, and reset the counts of hits and misses.

    Examples
    --------
    >>> cache_clear()
    >>> cache_info().arrays, cache_info().indexes
    (0, 0)
    """
    extension().cache_clear()


def memory_pool_info() -> MemoryPoolInfo:
    """Return how much memory is kept for later use; see `zarr.crud.Options.memory_pool`.

    Examples
    --------
    >>> memory_pool_clear()
    >>> memory_pool_info()
    MemoryPoolInfo(blocks=0, nbytes=0)
    """
    return MemoryPoolInfo(*extension().memory_pool_info())


def memory_pool_clear() -> None:
    """Return the memory that is kept for later results to the system.

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
