"""The zarrs backend: chunk and region I/O in Rust.

This module imports without the compiled extension `_zarrs_bindings`; `is_available` returns whether
it is installed. Users choose the backend with `engine="zarrs"`.
"""

from zarr.zarrs._backend import ZarrsBackend
from zarr.zarrs._caches import (
    CacheInfo,
    MemoryPoolInfo,
    cache_clear,
    cache_info,
    memory_pool_clear,
    memory_pool_info,
)
from zarr.zarrs._chunk_cache import ChunkCacheInfo, chunk_cache_clear, chunk_cache_info
from zarr.zarrs._extension import counters, is_available
from zarr.zarrs._network import NetworkInfo, network_info

__all__ = [
    "CacheInfo",
    "ChunkCacheInfo",
    "MemoryPoolInfo",
    "NetworkInfo",
    "ZarrsBackend",
    "cache_clear",
    "cache_info",
    "chunk_cache_clear",
    "chunk_cache_info",
    "counters",
    "is_available",
    "memory_pool_clear",
    "memory_pool_info",
    "network_info",
]
