"""Stored chunks without any codec: list them, and read, write and delete their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.core.buffer import default_buffer_prototype
from zarr.crud._arguments import bytes_of, checked_flag
from zarr.crud._chunks import checked_index
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.chunk_keys import index_of
from zarr.crud._document.origins import locate_node
from zarr.crud._document.presence import require_node
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.batched_location import replacing, written
from zarr.crud._stores.chunk import StoredChunk
from zarr.crud._stores.local_chunk import change_chunk
from zarr.crud._stores.location import StoreLike, get
from zarr.crud._stores.trees import list_keys
from zarr.crud._stores.urls import named_store
from zarr.crud._stores.writable import check_writable
from zarr.crud.backends.direct import direct_location, direct_store

if TYPE_CHECKING:
    from collections.abc import Buffer, Mapping

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud._stores.location import Location


def read_encoded_chunk(
    metadata: MetadataLike,
    store: StoreLike,
    index: tuple[int, ...],
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    detached: bool = False,
) -> bytes | None:
    """Read the stored bytes of a chunk; of a sharded array, of a shard.

    Parameters
    ----------
    metadata, store, index, path, storage_options, detached
        As for `read_chunk`.

    Returns
    -------
    bytes or None
        The value at the chunk's key, unchanged; `None` if the chunk is not stored.

    Raises
    ------
    zarr.errors.BoundsCheckError
        `index` is outside the chunk grid.
    zarr.errors.NodeNotFoundError
        Neither the array's document nor the chunk is stored, and `detached` is not set.

    Notes
    -----
    Cost: one store request. If the chunk is not stored, one more for the document, as by
    `read_region`. No codec runs, so no backend is chosen.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, shape=4, chunks=2, dtype="u1", compressors=None)
    >>> array[...] = [104, 105, 0, 0]
    >>> zarr.crud.read_encoded_chunk(array.metadata, store, (0,))
    b'hi'
    >>> zarr.crud.read_encoded_chunk(array.metadata, store, (1,)) is None
    True
    """
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    key = location.key(_key(document, checked_index(document, index)))
    location = written(location, key)
    found = get(direct_location(location).store, key)
    if found is None and not detached:
        require_node(document, location, direct_store)
    return None if found is None else found.to_bytes()


def write_encoded_chunk(
    metadata: MetadataLike,
    store: StoreLike,
    index: tuple[int, ...],
    data: Buffer,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    detached: bool = False,
) -> None:
    """Replace the stored bytes of a chunk; of a sharded array, of a shard.

    Parameters
    ----------
    metadata, store, index, path, storage_options
        As for `read_chunk`.
    data : bytes-like
        A chunk as encoded by the array's codecs. It is stored unchanged and unchecked: bytes
        that do not decode raise an error when the chunk is read.
    detached : bool
        As for `write_region`.

    Raises
    ------
    zarr.errors.BoundsCheckError
        `index` is outside the chunk grid.
    zarr.errors.NodeNotFoundError
        As by `write_region`.
    ReadOnlyError
        The store is read-only.
    TypeError
        `data` is not bytes-like; nothing is written.

    Notes
    -----
    Cost: one store request. No codec runs, so no backend is chosen.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, shape=4, chunks=2, dtype="u1", compressors=None)
    >>> zarr.crud.write_encoded_chunk(array.metadata, store, (1,), b"hi")
    >>> array[...]
    array([  0,   0, 104, 105], dtype=uint8)
    """
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    key = location.key(_key(document, checked_index(document, index)))
    check_writable(location.store)
    value = default_buffer_prototype().buffer.from_bytes(bytes(bytes_of(data)))
    if not detached:
        require_node(document, location, direct_store)
    with replacing(location, key) as place:
        store = direct_location(place).store
        change_chunk(store, key, DEFAULT_OPTIONS, lambda chunk: chunk.set_sync(value))


def delete_chunk(
    metadata: MetadataLike,
    store: StoreLike,
    index: tuple[int, ...],
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    detached: bool = False,
) -> None:
    """Delete a chunk, so that it reads as the fill value; of a sharded array, a shard.

    Parameters
    ----------
    metadata, store, index, path, storage_options
        As for `read_chunk`.
    detached : bool
        Whether the array may have no stored document. By default the document must be stored.

    Raises
    ------
    zarr.errors.BoundsCheckError
        `index` is outside the chunk grid.
    zarr.errors.NodeNotFoundError
        The array's document is not stored, and `detached` is not set; nothing is deleted.
    ReadOnlyError
        The store is read-only.

    Notes
    -----
    Cost: one store request. Deleting a chunk that is not stored does nothing.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, shape=4, chunks=2, dtype="u1", fill_value=7)
    >>> array[...] = 1
    >>> zarr.crud.delete_chunk(array.metadata, store, (0,))
    >>> array[...]
    array([7, 7, 1, 1], dtype=uint8)
    """
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    key = location.key(_key(document, checked_index(document, index)))
    check_writable(location.store, deletes=True, puts=False)
    if not detached:
        require_node(document, location, direct_store)
    with replacing(location, key) as place:
        change_chunk(direct_location(place).store, key, DEFAULT_OPTIONS, StoredChunk.delete_sync)


def _key(document: Document, index: tuple[int, ...]) -> str:
    return document.array.encode_chunk_key(index)


def list_chunks(
    metadata: MetadataLike,
    store: StoreLike,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    detached: bool = False,
) -> list[tuple[int, ...]]:
    """List the chunks that are stored; of a sharded array, the shards.

    Parameters
    ----------
    metadata, store, path, storage_options, detached
        As for `read_chunk`.

    Returns
    -------
    list of tuple of int
        Chunk indices within the chunk grid, in order. Keys that are not chunks of the grid,
        such as those left by a larger shape or by an interrupted write, are not listed.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        Neither the array's document nor a chunk is stored, and `detached` is not set.

    Notes
    -----
    Cost: one listing of the node, whatever the size of the chunk grid. If no chunk is stored, one
    more request for the document, as by `read_region`. Nothing is decoded. In a
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
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    location = written(location)
    listed = stored_indices(document, direct_location(location))
    if not (listed or detached):
        require_node(document, location, direct_store)
    return listed


def stored_indices(document: Document, location: Location) -> list[tuple[int, ...]]:
    """Return the indices of the stored chunks within the chunk grid, in order."""
    found = (_index(document, key) for key in list_keys(location, follows_links=True))
    return sorted(index for index in found if index is not None)


def _index(document: Document, key: str) -> tuple[int, ...] | None:
    index = index_of(document, key)
    try:
        return None if index is None else checked_index(document, index)
    except IndexError:
        return None
