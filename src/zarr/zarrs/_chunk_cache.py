"""The cache of decoded chunks of the extension: what it holds, and what it is used for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from zarr.crud.backends import as_directory, is_immutable, watchers
from zarr.storage import LocalStore
from zarr.zarrs._document import prepare
from zarr.zarrs._extension import extension
from zarr.zarrs._store import access_of, handles, is_remote

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.crud.backends import Document, Location, Options


class ChunkCacheInfo(NamedTuple):
    """The decoded chunks that the process keeps, and how often they were used."""

    hits: int
    """Chunks and subchunks that reads have copied from the cache."""
    misses: int
    """Those that were decoded although they could have been in the cache."""
    entries: int
    nbytes: int
    """Decoded bytes, and 512 for each entry and for each chunk that was read whole once."""
    revalidations: int
    """Requests after which a server has confirmed that nothing has changed."""
    bound: int
    """The most bytes: the largest `Options.chunk_cache` since the last `chunk_cache_clear`."""


def chunk_cache_info() -> ChunkCacheInfo:
    """Return what the cache of decoded chunks holds; see `zarr.crud.Options.chunk_cache`.

    Examples
    --------
    >>> import zarr
    >>> from zarr.crud import Options, read_region
    >>> store = zarr.storage.MemoryStore()
    >>> document = zarr.create_array(store, shape=100, chunks=50, dtype="i2", fill_value=1).metadata
    >>> zarr.crud.write_region(document, store, ..., 7)
    >>> options = Options(chunk_cache=1 << 20, immutable_store=True)
    >>> chunk_cache_clear()
    >>> for place in (3, 4, 5):
    ...     _ = read_region(document, store, place, engine="zarrs", options=options)
    >>> chunk_cache_info()
    ChunkCacheInfo(hits=2, misses=1, entries=1, nbytes=612, revalidations=0, bound=1048576)
    >>> chunk_cache_clear()
    """
    return ChunkCacheInfo(*extension().chunk_cache_info())


def chunk_cache_clear() -> None:
    """Drop all kept chunks, reset the counts, and forget the bound until the next call.

    Examples
    --------
    >>> chunk_cache_clear()
    >>> chunk_cache_info().nbytes
    0
    """
    extension().chunk_cache_clear()


OVERHEAD: Final = 512
"""What an entry counts besides its decoded bytes."""


def chunk_cache_use(document: Document, location: Location, options: Options) -> str:
    """Return `"used"`, or `"not used: "` and why; nothing is sent."""
    reason = _unused(document, location, options)
    return "used" if reason is None else f"not used: {reason}"


def _unused(document: Document, location: Location, options: Options) -> str | None:
    prepared = document.derive(prepare)
    if prepared.refusal is not None:
        return "the backend does not serve the array"
    nbytes, is_raw, has_vlen, calls_python = extension().cached_kind(prepared.json)
    if has_vlen:
        return "elements of variable length are not kept"
    if calls_python:
        return "a codec of the array exists only in Python"
    if nbytes + OVERHEAD > options.chunk_cache:
        return (
            f"a decoded chunk has {nbytes} bytes, and with {OVERHEAD} for the entry this is "
            f"more than chunk_cache={options.chunk_cache}"
        )
    store = location.store
    if isinstance(as_directory(store), LocalStore):
        return "chunks without codecs are read from their files" if is_raw else None
    return None if is_remote(store) else _unproven(store, options)


def _unproven(store: Store, options: Options) -> str | None:
    if options.immutable_store is None and is_immutable(store):
        return None
    if options.immutable_store:
        return None
    return (
        f"nothing shows whether a value of {type(store).__name__}, which is used "
        f"{access_of(store)}, was replaced; immutable_store=True says that none is"
    )


def tell_cache_of_changes() -> None:
    """From now on, let the extension know which stores are changed without it."""
    if _tell not in watchers:
        watchers.append(_tell)


def _tell(store: Store) -> None:
    entry = handles.get(id(store))
    # Another store may have had the `id` before.
    if entry is not None and entry[0]() is store:
        extension().chunk_cache_written(entry[1].handle)
