"""Which chunks are stored, by their indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._arguments import checked_flag
from zarr.crud._chunks import checked_index
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.chunk_keys import index_of
from zarr.crud._document.origins import locate_node
from zarr.crud._document.presence import require_node
from zarr.crud._stores.location import StoreLike, list_keys

if TYPE_CHECKING:
    from zarr.crud._document.document import Document, MetadataLike


def list_chunks(
    metadata: MetadataLike,
    store: StoreLike,
    *,
    path: str | None = None,
    detached: bool = False,
) -> list[tuple[int, ...]]:
    """List the chunks that are stored; of a sharded array, the shards.

    Parameters
    ----------
    metadata, store, path, detached
        As for `read_chunk`.

    Returns
    -------
    list of tuple of int
        Chunk indices within the chunk grid, in order. Keys that name no chunk of the grid,
        such as those left by a larger shape or by an interrupted write, are not listed.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        Neither the array's document nor a chunk is stored, and `detached` is not set.

    Notes
    -----
    Cost: one listing of the node, whatever the size of the chunk grid, and one request for the
    document as by `read_region`, if no chunk is stored. Nothing is decoded. In a
    `LocalStore`, temporary files that killed processes left more than a day ago are removed,
    unless the store is read-only.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="u1")
    >>> array[6, :] = 1
    >>> zarr.crud.list_chunks(array.metadata, store)
    [(2, 0), (2, 1), (2, 2)]
    """
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    location = locate_node(document, store, path)
    found = (_index(document, key) for key in list_keys(location))
    listed = sorted(index for index in found if index is not None)
    if not (listed or detached):
        require_node(document, location)
    return listed


def _index(document: Document, key: str) -> tuple[int, ...] | None:
    index = index_of(document, key)
    try:
        return None if index is None else checked_index(document, index)
    except IndexError:
        return None
