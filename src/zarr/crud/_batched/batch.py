"""Batches of writes: the function, and the object that passes for a store."""

from __future__ import annotations

from operator import index as as_int
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final, Self

from zarr.crud._arguments import checked_options, shown
from zarr.crud._batched.gathered import Gathered
from zarr.crud._errors import BatchError, InvalidPathError
from zarr.crud._stores.batched_store import BatchedStore
from zarr.crud._stores.location import locate
from zarr.crud._stores.threads import run_in_worker
from zarr.crud._stores.urls import named_store
from zarr.crud.backends.policy import AUTO, configured, named
from zarr.storage import WrapperStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.abc.store import Store
    from zarr.crud._options import Options
    from zarr.crud._stores.location import StoreLike
    from zarr.crud.backends.policy import Engine

MAX_BYTES: Final = 256 << 20
LARGEST: Final = (1 << 63) - 1


def batched_writes(
    store: StoreLike,
    *,
    storage_options: Mapping[str, Any] | None = None,
    max_bytes: int = MAX_BYTES,
    engine: Engine = None,
    options: Options | None = None,
) -> BatchedWrites:
    """Gather writes to parts of chunks in memory, so that each chunk is replaced once.

    Use it in a ``with`` or ``async with`` block, and pass what it returns where a store is: to the
    functions of `zarr.crud`, to `zarr.open_array` and `zarr.open_group`, to xarray. Writes through
    it are held, reads through it see them, from any thread. At the end of the block each chunk that
    is held is encoded and replaced, many at a time. Others see nothing of a chunk before that.

    Parameters
    ----------
    store, storage_options
        As for `read_region`; the store itself, without a path of a node.
    max_bytes : int
        The most bytes that are held: decoded chunks, and a byte more for each of their elements.
        A chunk counts in full from its first element, although memory that was not written to is
        not taken. Beyond that, the chunks that were written to least recently are written, many at
        a time, until half of it is free. A write to chunks that have no room together is not
        gathered. 0 gathers nothing. The default is 256 MiB.
    engine : str or CrudBackend, optional
        The engine of calls and arrays that name none; see `read_region`. An array that would use
        zarr-python's own path uses this one, or ``"auto"``.
    options : Options, optional
        The options of calls that give none.

    Returns
    -------
    BatchedWrites
        A store, for the block.

    Raises
    ------
    BatchError
        `store` is a batch itself. Also when the batch is used before or after its block, in a
        forked child, or pickled.
    ValueError
        `max_bytes` is negative, or 2**63 or more.
    InvalidPathError
        `store` has a path of a node.
    UnknownBackendError, BackendUnavailableError
        There is no engine of this name, or it cannot run here.
    TypeError
        An argument has the wrong type; the message names it.

    Notes
    -----
    What a write checks, it checks at once: shape, data type, bounds, a store that is read-only,
    arrays that cannot be written. Errors of the store come when a chunk is written. A chunk of
    which all elements are held is replaced without being read; of any other, the elements that are
    held are written as by one `write_region`. So locks, and what other processes have written to
    other elements meanwhile, are as for single writes.

    If the block ends by an exception, nothing more is written, and a note of the exception says how
    many chunks of which arrays had been written before, to stay within the bound. If a chunk cannot
    be written at the end, the exception of the store has a note that says which chunks were written
    and which were not; they are not written again. Documents of arrays and groups are not held.

    Other uses of the batch never see an older state. Lists, and values of chunks that are read,
    `read_encoded_chunk` and code that calls the methods of the store included, write these chunks
    first. Values that are set or deleted, with `write_encoded_chunk`, `delete_chunk`, `delete_node`
    and `create` with `overwrite`, are not held any more. A forked child holds nothing: at the end
    of the block it does nothing.

    Cost: a write copies its elements, and takes about 50 microseconds. Reads of chunks that are
    held in part read the stored chunk, too.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, shape=(60, 9), chunks=(1, 9), shards=(100, 9), dtype="i4")
    >>> document = zarr.crud.read_metadata(store)
    >>> with zarr.crud.batched_writes(store) as batch:
    ...     for row in range(60):
    ...         zarr.crud.write_region(document, batch, row, np.arange(9) + row)
    ...     before = zarr.crud.list_chunks(document, store)
    >>> before, zarr.crud.list_chunks(document, store)
    ([], [(0, 0)])
    >>> array[59]
    array([59, 60, 61, 62, 63, 64, 65, 66, 67], dtype=int32)
    """
    location = locate(named_store(store, storage_options), "")
    if location.path:
        raise InvalidPathError(
            f"a batch of writes is for a store, not for the node {location.path!r}; pass the store "
            "alone, and the path to each call"
        )
    checked = _checked_bytes(max_bytes)
    asked = configured() if engine is None else engine
    if not (isinstance(asked, str) and asked == AUTO):
        named(asked)
    return BatchedWrites(location.store, checked, engine, checked_options(options))


def _checked_bytes(given: object) -> int:
    try:
        number = as_int(given)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(given, bool):
        raise TypeError(f"max_bytes is {shown(given)}; use a number of bytes")
    if not 0 <= number <= LARGEST:
        raise ValueError(f"max_bytes is {shown(given)}; use a number of bytes from 0 to 2**63 - 1")
    return number


class BatchedWrites(BatchedStore):
    """A store that shows another one with the changes of a batch; see `batched_writes`."""

    def __init__(self, store: Store, max_bytes: int, engine: Engine, options: Options) -> None:
        inner = store
        while isinstance(inner, WrapperStore):
            if isinstance(inner, BatchedStore):
                raise BatchError(
                    "a batch of writes is within another one; pass the store, or use the other one"
                )
            inner = inner._store
        self._gathered = Gathered(store, max_bytes, engine, options)
        super().__init__(store, self._gathered)

    @property
    def nbytes(self) -> int:
        """The bytes that are held: at most `max_bytes`."""
        return self._gathered.nbytes

    def flush(self) -> None:
        """Write what is held now, many chunks at a time, and go on.

        Raises
        ------
        BatchError
            The batch cannot be used here and now.

        Notes
        -----
        Chunks that could not be written are still held.
        """
        self._gathered.write_out(list)

    def __enter__(self) -> Self:
        self._gathered.lifetime.begin()
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._gathered.close(error, get_ident())

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        await run_in_worker(self._gathered.close, error, get_ident())
