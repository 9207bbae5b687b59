"""Engines under `zarr.Array`: the functions that the seams in upstream's modules call.

Upstream's modules import this package while `zarr` is only partly imported, so at import it may
import nothing of zarr but `zarr.core.config`. Everything heavier is imported at first use.
"""

from zarr._engine.batched import batched_writes_of
from zarr._engine.engines.names import EngineLike, EngineName, list_engines, parse_engine
from zarr._engine.inline.arguments import NAMES as INLINE
from zarr._engine.inline.sync import is_inline, run_inline
from zarr._engine.keyword import signatures
from zarr._engine.keyword.context import passed_as
from zarr._engine.keyword.decorators import array_engine, group_engine, hierarchy_engine
from zarr._engine.keyword.groups import GroupEngineName, engine_group, engine_group_async
from zarr._engine.keyword.requested import groups_ignore_engine, resolve_engine
from zarr._engine.keyword.signatures import shown_as
from zarr._engine.metadata.consolidated import lazily_consolidated
from zarr._engine.metadata.fill_value_bits import keeps_fill_value
from zarr._engine.metadata.transposed import transposed_shards
from zarr._engine.options.array_config import engine_config
from zarr._engine.options.own_options import UNSET, EngineOptionsLike, OwnOptions, own_options
from zarr._engine.reports.debug import lists_engines
from zarr._engine.reports.info import engine_info, with_engine_of
from zarr._engine.routing.asynchronous import routed_async
from zarr._engine.routing.sync import routed
from zarr.core.config import config

# Options that are not set are absent, as for an array that was given none.
config.update_defaults(
    {"array": {"engine": "zarr", "engine_options": {}, "requests_in_flight": None}}
)

__all__ = [
    "INLINE",
    "UNSET",
    "EngineLike",
    "EngineName",
    "EngineOptionsLike",
    "GroupEngineName",
    "OwnOptions",
    "array_engine",
    "batched_writes_of",
    "engine_config",
    "engine_group",
    "engine_group_async",
    "engine_info",
    "group_engine",
    "groups_ignore_engine",
    "hierarchy_engine",
    "is_inline",
    "keeps_fill_value",
    "lazily_consolidated",
    "list_engines",
    "lists_engines",
    "own_options",
    "parse_engine",
    "passed_as",
    "resolve_engine",
    "routed",
    "routed_async",
    "run_inline",
    "shown_as",
    "signatures",
    "transposed_shards",
    "with_engine_of",
]
