"""Stored values, as backends read and replace them, with other writers kept away."""

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
    """Keep other writers of this process away from the value at a key of a node.

    Parameters
    ----------
    location : Location
        The store, and the path of the node in it.
    key : str
        The key below that path, such as ``document.array.encode_chunk_key(index)``.

    Returns
    -------
    context manager
        While it is entered, every backend that writes this value waits, whatever object of the
        store it has. Writers in other processes do not; see `change_value`.

    Raises
    ------
    RuntimeError
        When it is entered: this thread holds the key already, and would wait for itself. Functions
        and arrays raise it likewise where they would write the key within the block.

    Notes
    -----
    Enter several keys in sorted order, and write no others meanwhile: two writers could wait for
    each other. A forked child holds none. Cost: about a microsecond, and no request.

    Examples
    --------
    >>> import zarr
    >>> from zarr.crud import Location
    >>> with hold(Location(zarr.storage.MemoryStore(), "a"), "c/0"):
    ...     pass
    """
    return key_locks.hold(location.store, location.key(key))


def value_at(location: Location, key: str, options: Options) -> StoredChunk:
    """Return the value at a key of a node, to be read in a ``with`` block.

    Parameters
    ----------
    location, key
        As for `hold`.
    options : Options
        Those of the call.

    Returns
    -------
    StoredChunk
        Its ``get_sync()`` returns what is stored, or a range of it; all that is read within the
        block is of one value, also while others replace it. ``decoding()`` makes a `DecodeError`
        of what codecs raise about the bytes.

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
    """Read and replace the value at a key of a node, so that no other writer's work is lost.

    Parameters
    ----------
    location, key
        As for `hold`.
    options : Options
        Those of the call: `Options.locking` says which writers are kept away, and
        `Options.durability` what is on the disk afterwards.
    work : callable
        Is given the `StoredChunk`, and calls its ``get_sync``, ``set_sync`` or ``delete_sync``. It
        is called again if a writer in another process was faster.

    Raises
    ------
    RuntimeError
        This thread holds the key already, and would wait for itself.
    Exception
        Whatever `work` and the store raise.

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
