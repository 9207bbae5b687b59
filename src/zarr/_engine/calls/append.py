"""Appending to an array whose engine is not zarr-python's own path, on the calling thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from zarr._engine.calls.methods import UNSERVED, Unserved, write
from zarr._engine.calls.prepare import location_of, prepare
from zarr._engine.keyword.requested import check
from zarr._engine.options.resolved import options_of
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.metadata.io import encode_documents
from zarr.core.sync import sync
from zarr.crud._document.cache import as_document
from zarr.crud._elements.values import as_array
from zarr.crud._stores.batched_location import unbatched
from zarr.crud._stores.files import flush
from zarr.crud._stores.location import put
from zarr.crud._stores.writable import check_writable

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr._engine.calls.prepare import AnyArray
    from zarr.core.metadata import ArrayMetadata


def append(
    array: AnyArray, data: npt.ArrayLike, axis: int = 0
) -> tuple[int, ...] | Literal[Unserved.UNSERVED]:
    """Extend an array along one axis, and write `data` there; see `Array.append`."""
    checked = _checked(array, data, axis)
    if checked is None:
        return UNSERVED
    values, metadata = checked
    old, new = array.shape, metadata.shape
    location = unbatched(location_of(array))
    # A larger grid has no chunks outside it, so none must be deleted.
    fsync = _is_durable(array)
    for name, text in encode_documents(array.store_path, metadata).items():
        put(location.store, location.key(name), text, fsync=fsync)
    array._stored_document_replaced()
    object.__setattr__(array, "metadata", metadata)
    object.__setattr__(array, "_chunk_grid", ChunkGrid.from_metadata(metadata))
    where = tuple(slice(old[i], new[i]) if i == axis else slice(None) for i in range(len(new)))
    if write(array, where, values, "basic") is UNSERVED:
        sync(array.setitem(where, values))
    return new


def checked_values(array: AnyArray, data: npt.ArrayLike, axis: int) -> npt.ArrayLike:
    """Return `data` in the array's data type; a shape that does not fit is left to upstream.

    Values that cannot be stored are refused here, before the array is extended.
    """
    checked = _checked(array, data, axis)
    return data if checked is None else checked[0]


def flush_documents(array: AnyArray) -> None:
    """Flush the document that upstream has stored to disk, if the array's options require it."""
    if _is_durable(array):
        location = unbatched(location_of(array))
        store: Any = location.store
        names = encode_documents(array.store_path, array.metadata)
        flush([store.root / location.key(name) for name in names], store.root)


def _is_durable(array: AnyArray) -> bool:
    return options_of(array.config).durability == "fsync"


def _checked(
    array: AnyArray, data: npt.ArrayLike, axis: int
) -> tuple[npt.NDArray[Any], ArrayMetadata] | None:
    dtype = as_document(array.metadata).dtype
    values: Any = data if hasattr(data, "shape") else as_array(data, dtype)
    old = array.shape
    if not _fits(old, values.shape, axis):
        return None
    values = as_array(values, dtype)
    # Another array may have been resized before it was read.
    added = values.shape
    if not _fits(old, added, axis):
        return None
    check_writable(array.store_path.store)
    metadata = array.metadata.update_shape((*old[:axis], old[axis] + added[axis], *old[axis + 1 :]))
    _check_append(array, metadata)
    return values, metadata


def _fits(old: tuple[int, ...], added: tuple[int, ...], axis: int) -> bool:
    rest = added[:axis] + added[axis + 1 :]
    return 0 <= axis < len(old) and rest == old[:axis] + old[axis + 1 :]


def _check_append(array: AnyArray, metadata: ArrayMetadata) -> None:
    """Raise, before an array is extended, the errors that the write would raise afterwards."""
    check(metadata, array.store_path, array.config.engine, writes=True, config=array.config)
    prepare(array, "write_region", "basic", tuple(slice(0, 0) for _ in array.shape), None)
