"""Finds out how an array is stored: which chunks, in how many bytes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr.crud._arguments import checked_flag, is_word, wrong_word
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.chunk_keys import index_of
from zarr.crud._document.origins import locate_node
from zarr.crud._document.presence import require_node
from zarr.crud._document.shards import sharding_of, subchunk_shape
from zarr.crud._layout.layout import Layout
from zarr.crud._layout.stored_shards import stored_shards, why_unread
from zarr.crud._stores.batched_location import written
from zarr.crud._stores.sized_keys import few_keys, sized_keys
from zarr.crud._stores.urls import named_store
from zarr.crud.backends.direct import direct_location, direct_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud._stores.location import Location, StoreLike

type Index = tuple[int, ...]

LEVELS = ("list", "index")


def layout(
    metadata: MetadataLike,
    store: StoreLike,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    level: Literal["list", "index"] = "list",
    detached: bool = False,
) -> Layout:
    """Find out how an array is stored: which chunks, and in how many bytes.

    Parameters
    ----------
    metadata, store, path, storage_options, detached
        As for `list_chunks`.
    level : {"list", "index"}
        What is asked. `"list"`: which chunks (shards) there are, and their sizes. `"index"`: also
        the index of each shard, for its subchunks and dead bytes.

    Returns
    -------
    Layout
        An immutable object with arrays of one entry for each stored chunk, totals, and maps of the
        chunk grid. A notebook shows it as a table and a map, `str` as text.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        Neither the array's document nor a chunk is stored, and `detached` is not set.
    UnsupportedError
        The keys of the store cannot be listed.
    TypeError, ValueError
        `level` is neither of the words.

    Notes
    -----
    Cost: one listing of the node, and with `"index"` one request for each shard. No chunk is
    decoded, and nothing in the store is changed. Memory is in proportion to the stored chunks,
    whatever the size of the chunk grid.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="u1", compressors=None)
    >>> array[:2] = 1
    >>> found = zarr.crud.layout(array.metadata, store)
    >>> found.grid, found.stored_chunks, found.missing_chunks, found.stored_nbytes
    ((3, 3), 3, 6, 18)
    >>> found.chunk_map().tolist()
    [[6.0, 6.0, 6.0], [nan, nan, nan], [nan, nan, nan]]
    """
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    if not is_word(level, LEVELS):
        raise wrong_word("level", level, LEVELS)
    location = written(locate_node(document, named_store(store, storage_options), path))
    sizes = _chunks_among(document, sized_keys(location))
    if not (sizes or detached):
        require_node(document, location, direct_store)
    return layout_of(document, location, sizes, with_indexes=level == "index")


def layout_at_once(document: Document, location: Location, most: int) -> Layout | None:
    """Return the layout, or `None` if a store over the network must be asked, or has more keys."""
    found = few_keys(location, most)
    if found is None:
        return None
    return layout_of(document, location, _chunks_among(document, found), with_indexes=False)


def _chunks_among(document: Document, keys: Mapping[str, int]) -> dict[Index, int]:
    """Return the sizes of the chunks of the grid among keys."""
    grid = document.chunk_grid.shape
    found = {}
    for key, size in keys.items():
        index = index_of(document, key)
        if index is not None and all(n < length for n, length in zip(index, grid, strict=True)):
            found[index] = size
    return dict(sorted(found.items()))


def layout_of(
    document: Document, location: Location, sizes: dict[Index, int], *, with_indexes: bool
) -> Layout:
    """Return the layout of an array whose stored chunks have these sizes."""
    rank = len(document.shape)
    subchunk = subchunk_shape(document.array)
    sharding = sharding_of(document.array)
    present = dead = None
    if with_indexes and sharding is not None and why_unread(document) is None:
        present, dead = _of_shards(document, location, sizes)
    each = None
    if subchunk is not None:
        shard = document.chunk_grid.largest
        each = prod(n // c for n, c in zip(shard, subchunk, strict=True))
    return Layout(
        path=location.path,
        shape=document.shape,
        dtype=str(document.dtype),
        chunk_shape=document.chunk_shape,
        grid=document.chunk_grid.shape,
        subchunk_shape=subchunk,
        subchunks_per_shard=each,
        indices=_frozen(np.array(list(sizes), np.int64).reshape(len(sizes), rank)),
        nbytes=_frozen(np.array(list(sizes.values()), np.int64)),
        decoded_nbytes=_frozen(np.array([_decoded(document, one) for one in sizes], np.float64)),
        subchunks=present,
        dead_nbytes=dead,
    )


def _of_shards(
    document: Document, location: Location, sizes: dict[Index, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    found = {one.chunk: one for one in stored_shards(document, direct_location(location), sizes)}
    present = [found[index].subchunks for index in sizes]
    dead = [found[index].dead_nbytes for index in sizes]
    return _frozen(np.array(present, np.int64)), _frozen(np.array(dead, np.int64))


def _decoded(document: Document, index: Index) -> float:
    # A chunk may be larger than any number of a computer.
    return float(min(prod(document.chunk_shape_at(index)) * document.dtype.itemsize, 10**300))


def _frozen[T: np.generic](array: npt.NDArray[T]) -> npt.NDArray[T]:
    array.flags.writeable = False
    return array
