"""The names under which zarr's registry knows the codec pipeline.

Zarr looks at every registered pipeline when it opens the first array, whichever is configured. So
the registry gets a stand-in, and the pipeline is imported when an array is opened with it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from zarr import registry
from zarr.abc.codec import CodecPipeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.codec import Codec
    from zarr.abc.store import Store
    from zarr.core.metadata import ArrayMetadata

NAME: Final = "zarr.zarrs.ZarrsCodecPipeline"

ALIAS: Final = "zarrs.ZarrsCodecPipeline"
"""The name of the pipeline of the package `zarrs` of PyPI, also known as zarrs-python."""

_MODULE: Final = "zarr.zarrs._pipeline.pipeline"


class StandIn(CodecPipeline):
    """Makes objects of the pipeline's class, which it imports at its first use."""

    @classmethod
    def from_codecs(cls, codecs: Iterable[Codec]) -> Any:
        """Make a pipeline of codecs without an array; see `ZarrsCodecPipeline.from_codecs`."""
        return _imported().from_codecs(codecs)

    @classmethod
    def from_array_metadata_and_store(cls, array_metadata: ArrayMetadata, store: Store) -> Any:
        """Make the pipeline of an array."""
        return _imported().from_array_metadata_and_store(array_metadata, store)


# The registry calls a class by its module and name.
StandIn.__module__, _, StandIn.__qualname__ = NAME.rpartition(".")


def register(pipeline: type[CodecPipeline] | None = None) -> None:
    """Enter the pipeline in zarr's registry, or what stands for it until it is imported.

    Also under the name of zarrs-python's pipeline, unless that package is installed.
    """
    known = registry._pipeline_registry
    pipeline = pipeline or entry()
    known.register(pipeline, NAME)
    if not _is_taken(known):
        known.register(pipeline, ALIAS)


def entry() -> type[CodecPipeline]:
    """Return the pipeline if it is imported, otherwise the stand-in."""
    stand_in: Any = StandIn
    found: type[CodecPipeline] = getattr(sys.modules.get(_MODULE), "ZarrsCodecPipeline", stand_in)
    return found


def _is_taken(known: registry.Registry[CodecPipeline]) -> bool:
    """Whether the other package has registered its pipeline, or will do so."""
    taken = known.get(ALIAS)
    if taken is not None:
        return taken.__module__ != NAME.rpartition(".")[0]
    return any(e.module.partition(".")[0] == ALIAS.partition(".")[0] for e in known.lazy_load_list)


def _imported() -> Any:
    from zarr.zarrs import ZarrsCodecPipeline

    return ZarrsCodecPipeline


def __getattr__(name: str) -> Any:
    # The entry point: it may be loaded after the pipeline was imported.
    if name == "ZarrsCodecPipeline":
        return entry()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
