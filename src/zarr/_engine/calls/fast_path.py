"""Plain reads of an array, directly by its engine's reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr._engine.calls.choice import CPU_NDBUFFER
from zarr._engine.engines.configured_pipeline import chosen_pipeline
from zarr._engine.engines.counts import count
from zarr._engine.engines.native_pipeline import native_pipeline
from zarr._engine.options.resolved import options_of
from zarr.core.config import config
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.cache import as_document
from zarr.crud._elements.values import scalar_of
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud.backends.policy import AUTO
from zarr.crud.backends.reader_cache import ready_for

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr._engine.calls.prepare import AnyArray
    from zarr.crud._selection.basic import Kind

KINDS: Final = frozenset({"basic", "orthogonal"})
"""The dialects in which integers and slices have the same meaning."""

LISTS: Final = frozenset({list, np.ndarray})
"""The types of items that no reader accepts, so it need not be looked up."""


def read_plain(array: AnyArray, selection: Any) -> npt.NDArray[Any] | None:
    """Return the elements selected by integers and slices; `None` if the slow path must serve."""
    items = selection if type(selection) is tuple else (selection,)
    if not LISTS.isdisjoint(map(type, items)):
        return None
    metadata, settings = array.metadata, array.config
    engine = settings.engine
    # As `order_of` does, without the call.
    order = metadata.order if isinstance(metadata, ArrayV2Metadata) else settings.order
    if (
        order != "C"
        or options_of(settings) is not DEFAULT_OPTIONS
        or config.config["ndbuffer"] != CPU_NDBUFFER
        or (engine == AUTO and chosen_pipeline(native_pipeline(array)) is not None)
    ):
        return None
    place = array.store_path
    ready = ready_for(as_document(metadata), place.store, place.path, engine, detached=True)
    if ready is None:
        return None
    found = ready.reader.read_region(selection)
    if found is not None:
        count(array, ready.engine)
    return found


def of_kind(plain: npt.NDArray[Any] | None, kind: Kind) -> npt.NDArray[Any] | np.generic | None:
    """Return the result in the form of its dialect: one element of the basic one is a scalar."""
    if plain is None or plain.shape or kind != "basic":
        return plain
    scalar: np.generic | None = scalar_of(plain)
    return scalar
