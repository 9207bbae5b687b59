"""Plain reads of an array, directly by its engine's reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr._engine.engines.configured_pipeline import chosen_pipeline
from zarr._engine.engines.copies import READER
from zarr._engine.engines.counts import counter
from zarr._engine.engines.native_pipeline import native_pipeline
from zarr._engine.options.own_options import KNOWN
from zarr._engine.options.resolved import options_of
from zarr.core.config import config
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.cache import as_document
from zarr.crud._elements.values import scalar_of
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._pipelines.buffers import CPU_NDBUFFER
from zarr.crud._stores.place import place_of
from zarr.crud.backends import registry
from zarr.crud.backends.policy import AUTO
from zarr.crud.backends.reader_cache import ready_for, ready_with
from zarr.storage import LocalStore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zarr._engine.calls.prepare import AnyArray
    from zarr.abc.codec import CodecPipeline
    from zarr.core.array_spec import ArrayConfig
    from zarr.core.metadata import ArrayMetadata
    from zarr.crud._selection.basic import Kind
    from zarr.storage import StorePath

KINDS: Final = frozenset({"basic", "orthogonal"})
"""The dialects in which integers and slices have the same meaning."""


class Held(NamedTuple):
    """The reader that served an array last, and the conditions under which it still does."""

    metadata: ArrayMetadata
    settings: ArrayConfig
    store_path: StorePath
    place: object
    registrations: int
    configured: Any
    workers: Any
    pipeline: CodecPipeline | None
    """What the engine `"auto"` must ask about; `None` if the engine has another name."""
    read: Callable[[Any], npt.NDArray[Any] | None]
    counted: Callable[[], None]


def read_plain(array: AnyArray, selection: Any) -> npt.NDArray[Any] | None:
    """Return the elements selected by integers and slices; `None` if the slow path must serve."""
    members = array.__dict__
    held: Held | None = members.get(READER)
    if held is not None:
        # All at once, and without calls: this takes longer than a third of the small reads.
        metadata, settings, at, place, changes, configured, workers, pipeline, read, counted = held
        store, now = at.store, config.config
        if (
            members["metadata"] is metadata
            and members["config"] is settings
            and members["store_path"] is at
            and now["array"]["engine_options"] == configured
            and now["threading"]["max_workers"] == workers
            and now["ndbuffer"] == CPU_NDBUFFER
            and registry.registrations == changes
            and (
                place is None
                or place is (store.root if type(store) is LocalStore else place_of(store))
            )
            and (pipeline is None or chosen_pipeline(pipeline) is None)
        ):
            found = read(selection)
            if found is not None:
                counted()
            return found
    held = members[READER] = _found(array)
    if held is None:
        return None
    found = held.read(selection)
    if found is not None:
        held.counted()
    return found


def _found(array: AnyArray) -> Held | None:
    """Return the reader of an array with its present settings, if it has one."""
    metadata, settings, store_path = array.metadata, array.config, array.store_path
    # Before anything else, so that a change meanwhile is noticed.
    changes, place, now = registry.registrations, place_of(store_path.store), config.config
    order = metadata.order if isinstance(metadata, ArrayV2Metadata) else settings.order
    options_of(settings)
    # What it has seen, and copied.
    configured, workers, options = settings.__dict__[KNOWN]
    pipeline = native_pipeline(array) if settings.engine == AUTO else None
    if (
        order != "C"
        or now["ndbuffer"] != CPU_NDBUFFER
        or (pipeline is not None and chosen_pipeline(pipeline) is not None)
    ):
        return None
    document, store, path = as_document(metadata), store_path.store, store_path.path
    if options is DEFAULT_OPTIONS:
        ready = ready_for(document, store, path, settings.engine, detached=True)
    else:
        ready = ready_with(document, store, path, settings.engine, options)
    if ready is None:
        return None
    return Held(
        metadata,
        settings,
        store_path,
        place,
        changes,
        configured,
        workers,
        pipeline,
        ready.reader.read_region,
        counter(array, ready.engine),
    )


def of_kind(plain: npt.NDArray[Any] | None, kind: Kind) -> npt.NDArray[Any] | np.generic | None:
    """Return the result in the form of its dialect: one element of the basic one is a scalar."""
    if plain is None or plain.shape or kind != "basic":
        return plain
    scalar: np.generic | None = scalar_of(plain)
    return scalar
