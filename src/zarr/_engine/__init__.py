"""Engines under `zarr.Array`: what the seams in upstream's modules call.

Upstream's modules import this package while `zarr` is half imported, so at import it may import
`zarr.core.config` and nothing else of zarr. Everything heavier is imported at first use.
"""

from zarr._engine._info import engine_info
from zarr._engine._info import with_engine as with_engine_of
from zarr._engine._names import EngineName, list_engines, parse_engine, with_engine
from zarr._engine._routed import checks_engine, routed, routed_async
from zarr.core.config import config

config.update_defaults({"array": {"engine": "zarr"}})

__all__ = [
    "EngineName",
    "checks_engine",
    "engine_info",
    "list_engines",
    "parse_engine",
    "routed",
    "routed_async",
    "with_engine",
    "with_engine_of",
]
