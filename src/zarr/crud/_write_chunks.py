"""Regions of an array that a producer makes one after the other, written meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import checked_flag, checked_options, shown
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.origins import locate_node
from zarr.crud._document.presence import require_node
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.threads import run_in_worker
from zarr.crud._stores.urls import named_store
from zarr.crud._stores.writable import check_writable
from zarr.crud._streams.pace import AHEAD, checked_ahead, pace_of
from zarr.crud._streams.writing import Target, Writing
from zarr.crud.backends.policy import choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zarr.crud._document.document import MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._stores.location import StoreLike
    from zarr.crud.backends.policy import Engine


def write_chunks(
    metadata: MetadataLike,
    store: StoreLike,
    iterable: Iterable[tuple[Any, npt.ArrayLike]],
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    ahead: int = AHEAD,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> None:
    """Write the regions that an iterable yields, and encode them while it makes the next ones.

    Parameters
    ----------
    metadata, store, path, storage_options, engine, options, detached
        As for `write_region`.
    iterable : iterable of tuple
        Regions and their values: selections of the basic dialect, such as those that `iter_chunks`
        yields, and for each what `write_region` takes. It is iterated in the caller's thread. A
        value is copied before the next one is asked for, so the producer may change it then. Of an
        element in several regions, the last value stays.
    ahead : int
        The most bytes of values that are held, waiting or being written. One that is larger is held
        alone. With 0, each region is written before the next one is asked for, in the caller's
        thread, and is not copied. The default is 128 MiB.

    Raises
    ------
    TypeError
        The iterable is none, or one of its items is not a tuple of a region and a value.
    TypeError, ValueError
        `ahead` is no number of bytes from 0 on.
    zarr.errors.NodeNotFoundError, ReadOnlyError
        As for `write_region`; the iterable is not asked for anything.
    UnsupportedError
        The producer returned in a process that was forked meanwhile.

    Also the errors of `write_region`, and all of the iterable, each as the same object. Then
    nothing more is asked for or begun, what has begun is waited for, and notes (``__notes__``) say
    which regions are written, which perhaps in part, and which not. After a Ctrl-C or a
    cancellation, what has begun ends after the chunks that are being replaced.

    Notes
    -----
    Cost: that of `write_regions` of some regions at a time, up to 2 MiB (8 MiB where the store
    waits), in other threads, and a copy of each value. A chunk in which several regions lie is
    changed and replaced once for each call; calls end with a chunk where they can. Calls that share
    a chunk run one after the other.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> document = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    >>> rows = (((row,), np.full(5, row)) for row in range(7))
    >>> zarr.crud.write_chunks(document, store, rows)
    >>> zarr.crud.read_region(document, store, (slice(2, 5), slice(0, 2)))
    array([[2, 2],
           [3, 3],
           [4, 4]], dtype=int16)
    """
    if not isinstance(iterable, Iterable):
        raise _not_iterable(iterable)
    writing = _begin(
        metadata, store, path, storage_options, ahead, engine, options, detached=detached
    )
    try:
        for item in iterable:
            writing.put(item)
        writing.finish()
    except BaseException as err:
        writing.stop(err)
        raise


async def write_chunks_async(
    metadata: MetadataLike,
    store: StoreLike,
    iterable: Iterable[tuple[Any, npt.ArrayLike]] | AsyncIterable[tuple[Any, npt.ArrayLike]],
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    ahead: int = AHEAD,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> None:
    """Do as `write_chunks` does, in worker threads; await the result.

    An asynchronous iterable is iterated by the awaiting task; any other one in a worker thread.
    """
    if not isinstance(iterable, AsyncIterable):
        await run_in_worker(
            partial(write_chunks, metadata, store, iterable, path=path, ahead=ahead, engine=engine),
            storage_options=storage_options,
            options=options,
            detached=detached,
        )
        return
    where = (metadata, store, path, storage_options)
    writing = await run_in_worker(_begin, *where, ahead, engine, options, detached=detached)
    try:
        async for item in iterable:
            await run_in_worker(writing.put, item)
        await run_in_worker(writing.finish)
    except BaseException as err:
        await run_in_worker(writing.stop, err)
        raise


def _begin(
    metadata: MetadataLike,
    store: StoreLike,
    path: str | None,
    storage_options: Mapping[str, Any] | None,
    ahead: int,
    engine: Engine,
    options: Options | None,
    *,
    detached: bool,
) -> Writing:
    """Check the arguments, and that the array exists."""
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    ahead = checked_ahead(ahead)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    backend = choose(engine, document, location, "write_region", None, options)
    check_writable(location.store)
    if not detached:
        require_node(document, location, backend.direct_store)
    unit = document.chunk_grid.largest
    pace = pace_of(backend, document, location, options, unit, ahead)
    return Writing(Target(backend, document, location, options), pace, ahead)


def _not_iterable(given: object) -> TypeError:
    return TypeError(
        f"iterable is {shown(given)}; use an iterable of tuples of a region and an array"
    )
