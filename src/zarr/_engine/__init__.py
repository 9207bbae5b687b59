"""Engines under `zarr.Array`: the functions that the seams in upstream's modules call.

Upstream's modules import this package while `zarr` is only partly imported, so at import it may
import nothing of zarr but `zarr.core.config`. Everything heavier is imported at first use.
"""

from typing import TYPE_CHECKING

from zarr._engine.engines import lost as _lost  # noqa: F401  # it looks before each fork
from zarr._engine.engines.names import EngineLike, EngineName, parse_engine
from zarr._engine.keyword.groups import (
    GroupEngineName,
    engine_group,
    engine_group_async,
    lazily_consolidated,
)
from zarr._engine.keyword.shown import Unseen, passed_as, shown_as, shown_later
from zarr._engine.later import found_later, made_later
from zarr._engine.metadata.fill_value_bits import keeps_fill_value
from zarr._engine.methods import batched_writes_of, engine_info, with_engine_of
from zarr._engine.options.array_config import engine_config
from zarr._engine.options.own_options import UNSET, EngineOptionsLike, OwnOptions, own_options
from zarr._engine.routing.asynchronous import routed_async
from zarr._engine.routing.sync import routed
from zarr.core.config import config

if TYPE_CHECKING:
    from zarr._engine.inline.arguments import NAMES as INLINE
    from zarr._engine.inline.sync import is_inline, run_inline
    from zarr._engine.keyword import signatures
    from zarr._engine.keyword.decorators import array_engine, group_engine, hierarchy_engine
    from zarr._engine.keyword.requested import groups_ignore_engine, resolve_engine
    from zarr._engine.metadata.transposed import transposed_shards
    from zarr._engine.reports.debug import lists_engines
else:
    array_engine = shown_later("keyword.decorators", "array_engine")
    group_engine = shown_later("keyword.decorators", "group_engine")
    hierarchy_engine = shown_later("keyword.decorators", "hierarchy_engine")
    groups_ignore_engine = made_later("keyword.requested", "groups_ignore_engine")
    transposed_shards = made_later("metadata.transposed", "transposed_shards")
    lists_engines = made_later("reports.debug", "lists_engines")
    signatures = Unseen()
    __getattr__ = found_later(
        __name__,
        {
            "INLINE": ("inline.arguments", "NAMES"),
            "is_inline": ("inline.sync", "is_inline"),
            "run_inline": ("inline.sync", "run_inline"),
            "resolve_engine": ("keyword.requested", "resolve_engine"),
        },
    )

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
