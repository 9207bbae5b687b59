"""The zarrs backend: chunk and region I/O in Rust, and the codec pipeline over it.

This module imports without the compiled extension `_zarrs_bindings`; `is_available` returns whether
it is installed. Users choose the backend with `engine="zarrs"`, and the codec pipeline with
``zarr.config.set({"codec_pipeline.path": "zarr.zarrs.ZarrsCodecPipeline"})``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from zarr.zarrs._registered import register

if TYPE_CHECKING:
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
    from zarr.zarrs._pipeline.errors import (
        CollapsedDimensionError,
        DiscontiguousArrayError,
        FillValueNoneError,
        UnsupportedDataTypeError,
        UnsupportedMetadataError,
        UnsupportedVIndexingError,
    )
    from zarr.zarrs._pipeline.pipeline import ZarrsCodecPipeline

__all__ = [
    "CacheInfo",
    "ChunkCacheInfo",
    "CollapsedDimensionError",
    "DiscontiguousArrayError",
    "FillValueNoneError",
    "MemoryPoolInfo",
    "NetworkInfo",
    "UnsupportedDataTypeError",
    "UnsupportedMetadataError",
    "UnsupportedVIndexingError",
    "ZarrsBackend",
    "ZarrsCodecPipeline",
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

# Imported at their first use: zarr imports this package to look for codec pipelines, whichever is
# configured.
_MODULES: Final = {
    "ZarrsBackend": "_backend",
    "CacheInfo": "_caches",
    "MemoryPoolInfo": "_caches",
    "cache_clear": "_caches",
    "cache_info": "_caches",
    "memory_pool_clear": "_caches",
    "memory_pool_info": "_caches",
    "ChunkCacheInfo": "_chunk_cache",
    "chunk_cache_clear": "_chunk_cache",
    "chunk_cache_info": "_chunk_cache",
    "counters": "_extension",
    "is_available": "_extension",
    "NetworkInfo": "_network",
    "network_info": "_network",
    "CollapsedDimensionError": "_pipeline.errors",
    "DiscontiguousArrayError": "_pipeline.errors",
    "FillValueNoneError": "_pipeline.errors",
    "UnsupportedDataTypeError": "_pipeline.errors",
    "UnsupportedMetadataError": "_pipeline.errors",
    "UnsupportedVIndexingError": "_pipeline.errors",
    "ZarrsCodecPipeline": "_pipeline.pipeline",
}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


register()
