"""The stored chunks of an array, from a listing: its chunk grid may be too large to be walked."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.calls.prepare import location_of
from zarr.core.common import parse_shapelike
from zarr.core.metadata.io import encode_documents
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud._document.cache import as_document
from zarr.crud._document.chunk_keys import index_of
from zarr.crud._encoded import stored_indices
from zarr.crud._stores.location import delete_keys
from zarr.crud._stores.threads import run_in_worker
from zarr.crud._stores.writable import check_writable
from zarr.crud.backends.direct import direct_location

if TYPE_CHECKING:
    from zarr._engine.calls.prepare import AnyArray
    from zarr.crud._stores.location import Location

type Indices = list[tuple[int, ...]]

MOST_UNLISTED: Final = 1 << 16
"""The most chunks that `resize` deletes one by one, whether they are stored or not."""


async def count_shards(array: AnyArray) -> int | None:
    """Return the number of stored chunks, or shards; `None` if their keys cannot be decoded."""
    listed = await _listed(array)
    return None if listed is None else len(listed)


async def count_chunks(array: AnyArray) -> int | None:
    """Return the number of stored chunks; a stored shard counts as all of its subchunks."""
    listed, metadata = await _listed(array), array.metadata
    if listed is None:
        return None
    if not isinstance(metadata, ArrayV3Metadata) or metadata.sharding_codec is None:
        return len(listed)
    inner, shard_shape = array.chunks, as_document(metadata).chunk_shape_at
    shards = map(shard_shape, listed)
    return sum(prod(n // c for n, c in zip(shard, inner, strict=True)) for shard in shards)


def check_shape(array: AnyArray, new_shape: Any) -> None:
    """Refuse a new shape that no engine could read; other invalid shapes are left to upstream."""
    shape = parse_shapelike(new_shape)
    if len(shape) == len(array.shape):
        as_document(array.metadata.update_shape(shape))


async def delete_outside(array: AnyArray, new_shape: Any) -> bool:
    """Delete the stored chunks outside a new shape; return `False` to leave that to upstream.

    Upstream deletes every chunk that may be stored there, which is faster if they are few.
    """
    shape = parse_shapelike(new_shape)
    if len(shape) != len(array.shape):
        return False
    metadata = array.metadata.update_shape(shape)
    old, new = (as_document(one).chunk_grid.shape for one in (array.metadata, metadata))
    if prod(old) - prod(map(min, old, new)) <= MOST_UNLISTED or not _tells_index(array):
        return False
    store = array.store_path.store
    # As upstream: metadata that cannot be stored leaves the store untouched.
    encode_documents(array.store_path, metadata)
    check_writable(store, deletes=True)
    outside = [
        index
        for index in await _listed(array) or ()
        if any(place >= count for place, count in zip(index, new, strict=True))
    ]
    await run_in_worker(_delete, array, outside)
    return True


def _delete(array: AnyArray, indices: Indices) -> None:
    key_of, location = array.metadata.encode_chunk_key, _reached(array)
    delete_keys(location.store, [location.key(key_of(index)) for index in indices])


async def _listed(array: AnyArray) -> Indices | None:
    if not _tells_index(array):
        return None
    return await run_in_worker(_stored, array)


def _stored(array: AnyArray) -> Indices:
    return stored_indices(as_document(array.metadata), _reached(array))


def _reached(array: AnyArray) -> Location:
    """Return the location of the array's chunks, in a store that its engine reaches directly."""
    return direct_location(location_of(array), array.config.engine)


def _tells_index(array: AnyArray) -> bool:
    """Whether the index of a chunk can be decoded from its key; not all key encodings do."""
    document = as_document(array.metadata)
    first = (0,) * len(document.shape)
    return index_of(document, document.array.encode_chunk_key(first)) == first
