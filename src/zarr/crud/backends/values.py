"""Reading and replacing stored values, for backends, with other writers locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._stores import key_locks, local_chunk

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from zarr.crud._options import Options
    from zarr.crud._stores.chunk import StoredChunk
    from zarr.crud._stores.location import Location


def hold(location: Location, key: str) -> AbstractContextManager[None]:
    """Lock the value at a key of a node against other writers of this process.

    Parameters
    ----------
    location : Location
        The store, and the path of the node in it.
    key : str
        The key below that path, such as ``document.array.encode_chunk_key(index)``.

    Returns
    -------
    context manager
        Within the block, every backend that writes this value waits, even through another store
        object. Writers in other processes do not wait; see `change_value`.

    Raises
    ------
    RuntimeError
        On entry, if this thread already holds the key: it would deadlock. Within the block, so do
        functions and arrays that would write the key.

    Notes
    -----
    To hold several keys, enter them in sorted order, and write no other keys meanwhile; otherwise
    two threads can deadlock. The key belongs to the thread: do not await a write of it within the
    block, because that runs in another thread. A forked child holds no keys. Cost: about a
    microsecond, and no request.

    Examples
    --------
    >>> import zarr
    >>> from zarr.crud import Location
    >>> with hold(Location(zarr.storage.MemoryStore(), "a"), "c/0"):
    ...     pass
    """
    return key_locks.hold(location.store, location.key(key))


def value_at(location: Location, key: str, options: Options) -> StoredChunk:
    """Return the value at a key of a node, for reading in a ``with`` block.

    Parameters
    ----------
    location, key
        As for `hold`.
    options : Options
        The options of the call.

    Returns
    -------
    StoredChunk
        Its ``get_sync()`` returns the stored bytes, or a range of them. All reads within the block
        see one value, even if others replace it meanwhile. ``decoding()`` turns errors of codecs
        into a `DecodeError`.

    Examples
    --------
    >>> import zarr
    >>> from zarr.crud import Location, Options
    >>> with value_at(Location(zarr.storage.MemoryStore(), "a"), "c/0", Options()) as value:
    ...     print(value.get_sync())
    None
    """
    return local_chunk.chunk_at(location.store, location.key(key), options)


def change_value(
    location: Location, key: str, options: Options, work: Callable[[StoredChunk], None]
) -> None:
    """Read and replace the value at a key of a node without losing other writers' changes.

    Parameters
    ----------
    location, key
        As for `hold`.
    options : Options
        The options of the call: `Options.locking` says which writers are locked out, and
        `Options.durability` what is on the disk afterwards.
    work : callable
        Called with the `StoredChunk`; calls its ``get_sync``, ``set_sync`` or ``delete_sync``. It
        is called again if a writer in another process, or on another machine, was faster. An object
        store cannot delete a value that was read only if it has not changed: set
        its ``encode_empty`` to a function that encodes the fill value, and ``delete_sync`` stores
        that instead.

    Raises
    ------
    RuntimeError
        This thread already holds the key and would deadlock.
    Exception
        Any exception that `work` or the store raises.

    Examples
    --------
    >>> import zarr
    >>> from zarr.core.buffer.cpu import Buffer
    >>> from zarr.crud import Location, Options
    >>> store = zarr.storage.MemoryStore()
    >>> new = Buffer.from_bytes(b"new")
    >>> change_value(Location(store, "a"), "c/0", Options(), lambda value: value.set_sync(new))
    >>> list(store._store_dict)
    ['a/c/0']
    """
    local_chunk.change_chunk(location.store, location.key(key), options, work)
