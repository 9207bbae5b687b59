"""Appending to an array whose engine is not zarr-python's own path, on the calling thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from zarr._engine._asked import check
from zarr._engine._call import location_of
from zarr._engine._serve import UNSERVED, Unserved, write
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.metadata.io import encode_documents
from zarr.core.sync import sync
from zarr.crud._document import as_document
from zarr.crud._store import check_writable, put
from zarr.crud._values import as_array

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr._engine._call import AnyArray


def append(
    array: AnyArray, data: npt.ArrayLike, axis: int = 0
) -> tuple[int, ...] | Literal[Unserved.UNSERVED]:
    """Lengthen an array along one axis, and write `data` there; see `Array.append`."""
    dtype = as_document(array.metadata).dtype
    values: Any = data if hasattr(data, "shape") else as_array(data, dtype)
    old, added = array.shape, values.shape
    if not 0 <= axis < len(old) or added[:axis] + added[axis + 1 :] != old[:axis] + old[axis + 1 :]:
        return UNSERVED
    # Before the array is lengthened: what cannot be stored is refused here.
    values = as_array(values, dtype)
    new = (*old[:axis], old[axis] + added[axis], *old[axis + 1 :])
    location = location_of(array)
    check_writable(location.store)
    metadata = array.metadata.update_shape(new)
    check(metadata, array.store_path, array.config.engine, writes=True)
    # Nothing is outside a larger grid, so that there is no chunk to delete.
    for name, text in encode_documents(array.store_path, metadata).items():
        put(location.store, location.key(name), text)
    array._stored_document_replaced()
    object.__setattr__(array, "metadata", metadata)
    object.__setattr__(array, "_chunk_grid", ChunkGrid.from_metadata(metadata))
    where = tuple(slice(old[i], new[i]) if i == axis else slice(None) for i in range(len(new)))
    if write(array, where, values, "basic") is UNSERVED:
        sync(array.setitem(where, values))
    return new
