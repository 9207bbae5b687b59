"""Writes to one array, gathered: `Array.batched_writes`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from zarr.core.array import Array
    from zarr.crud import BatchedWrites


def gathering(array: Array[Any], max_bytes: int | None) -> AbstractContextManager[Array[Any]]:
    """Return a batch of writes to an array, as `Array.batched_writes` describes it."""
    from zarr.crud import batched_writes

    given: dict[str, Any] = {} if max_bytes is None else {"max_bytes": max_bytes}
    return _view(array, batched_writes(array.store_path.store, **given))


@contextmanager
def _view(array: Array[Any], batch: BatchedWrites) -> Iterator[Array[Any]]:
    from zarr.core.chunk_grids import ChunkGrid
    from zarr.storage import StorePath

    own: Any = array._async_array
    place = StorePath(batch, own.store_path.path)
    with batch:
        view = type(array)(type(own)(own.metadata, store_path=place, config=own.config))
        try:
            yield view
        finally:
            metadata = view.metadata
            if metadata is not own.metadata:
                # As a call of `resize` on this array leaves it.
                object.__setattr__(own, "metadata", metadata)
                object.__setattr__(own, "_chunk_grid", ChunkGrid.from_metadata(metadata))
