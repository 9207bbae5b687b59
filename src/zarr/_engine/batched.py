"""Writes to one array, gathered: `Array.batched_writes`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from zarr.core.array import Array
    from zarr.crud import BatchedWrites


def batched_writes_of(
    self: Array[Any], *, max_bytes: int | None = None
) -> AbstractContextManager[Array[Any]]:
    """Gather writes to parts of chunks in memory, so that each chunk is replaced once.

    Within a ``with`` block, write to the array that it returns, and read from it what was written:
    ``a[...] = x``, ``a.oindex``, ``a.vindex``, ``a.blocks``, ``a.append`` and ``a.resize``, from
    any thread. Other arrays, this one included, see the changes of a chunk once it is replaced: at
    the end of the block, or when what is held exceeds the bound. See `zarr.crud.batched_writes`.

    Parameters
    ----------
    max_bytes : int, optional
        The most bytes that are held. By default 256 MiB, as of `zarr.crud.batched_writes`.

    Returns
    -------
    context manager of Array
        The array to use in the block. It has the engine of this array; where that is zarr-python's
        own path, ``"auto"``. Afterwards it refuses use, and this array has its shape.

    Raises
    ------
    BatchError
        This array belongs to a batch already.
    ValueError, TypeError
        `max_bytes` is not a number of bytes.

    Notes
    -----
    Cost: as for `zarr.crud.batched_writes`.

    Examples
    --------
    >>> import zarr
    >>> array = zarr.create_array({}, shape=(6, 4), chunks=(1, 4), shards=(6, 4), dtype="i2")
    >>> with array.batched_writes() as a:
    ...     for row in range(6):
    ...         a[row] = row
    ...     before = array[5].tolist(), a[5].tolist()
    >>> before, array[5].tolist()
    (([0, 0, 0, 0], [5, 5, 5, 5]), [5, 5, 5, 5])
    """
    from zarr.crud import batched_writes

    given: dict[str, Any] = {} if max_bytes is None else {"max_bytes": max_bytes}
    return _view(self, batched_writes(self.store_path.store, **given))


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
