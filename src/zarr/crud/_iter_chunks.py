"""Parts of an array, one after the other; the next ones are read meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import checked_flag, checked_options
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.origins import locate_node
from zarr.crud._document.shards import subchunk_shape
from zarr.crud._elements.values import check_chunk
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._selection.chunk_grid import UniformAxis
from zarr.crud._stores.urls import named_store
from zarr.crud._streams.pace import AHEAD, checked_ahead, pace_of
from zarr.crud._streams.pieces import bounds_of, box_of, levels_of
from zarr.crud._streams.reading import Reading, Source
from zarr.crud.backends.policy import choose

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping, Sequence

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._selection.chunk_grid import ChunkAxis
    from zarr.crud._stores.location import StoreLike
    from zarr.crud._streams.pieces import By
    from zarr.crud._streams.reading import Piece
    from zarr.crud.backends.policy import Engine


def iter_chunks(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any = ...,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    by: By = "chunk",
    ahead: int = AHEAD,
    ordered: bool = True,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> Generator[Piece, None, None]:
    """Read an array region by region, and read the next ones while the caller works.

    Parameters
    ----------
    metadata, store, path, storage_options, engine, options, detached
        As for `read_region`.
    selection : int, slice, Ellipsis, or tuple of these
        The elements to read, in the basic dialect without steps. An integer keeps its axis.
    by : {"chunk", "shard"} or sequence of int
        What a region is. `"chunk"`: what the selection has of a chunk, or of a subchunk if the
        array is sharded and its shards have the array's axes. `"shard"`: what it has of a chunk
        that is stored as one value. A shape: a block of this shape, counted from the start of the
        selection; the last ones along an axis may be smaller.
    ahead : int
        The most bytes of elements that are read, or being read, and not yet yielded. A region that
        is larger is read alone, while the caller works on the one before it. With 0, each region
        is read when it is asked for, in the caller's thread. The default is 128 MiB.
    ordered : bool
        Whether the regions come in order: chunks in C order, the subchunks of a shard together. If
        not, they come as they are read.

    Yields
    ------
    region : tuple of slice
        The region, in the coordinates of the array.
    array : numpy.ndarray
        Its elements, as `read_region` returns them for `region`: a new, writable, C-contiguous
        array that the caller owns; of rank 0 for an array of rank 0. A selection without elements
        yields nothing.

    Raises
    ------
    IndexError
        The selection does not fit the array's rank, has a step, or belongs to another dialect.
    TypeError, ValueError
        `by` is neither of the words nor a shape, or `ahead` is no number of bytes from 0 on.
    UnsupportedError
        The iterator is used in a process that was forked after it had been made.

    Also the errors of `read_region`. Those about arguments are raised by the call, those of reads
    by the iterator, in place of the regions that were read in the same call of the backend; a note
    (``__notes__``) names the region. After an exception the iterator is at its end.

    Notes
    -----
    Cost: that of `read_regions` of some regions at a time, up to 2 MiB (8 MiB where the store
    waits), in threads that end with the iterator; nothing is read before the first `next`. A chunk
    in which several regions lie is decoded once for each call, and calls begin with a new chunk
    where they can: this takes `ahead` of four times the chunks beside each other that a row of
    regions touches. Memory of results is reused once the caller has released them.

    `close`, an exception, Ctrl-C or the end of the last reference stops the reads: none begins any
    more, those under way end soon, and nobody waits for them. Only one thread at a time may ask for
    the next region.

    Source: Zarr core specification v3.0, "Chunk grids".

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, data=np.arange(35).reshape(7, 5), chunks=(3, 4))
    >>> document = zarr.crud.read_metadata(store)
    >>> for region, values in zarr.crud.iter_chunks(document, store, slice(2, 5)):
    ...     print([(s.start, s.stop) for s in region], int(values.sum()))
    [(2, 3), (0, 4)] 46
    [(2, 3), (4, 5)] 14
    [(3, 5), (0, 4)] 152
    [(3, 5), (4, 5)] 43
    """
    reading = _begin(
        *(metadata, store, selection, path, storage_options, by, ahead, engine, options),
        ordered=ordered,
        detached=detached,
    )
    return _read(reading) if reading.ahead else reading.one_by_one()


def iter_chunks_async(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any = ...,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    by: By = "chunk",
    ahead: int = AHEAD,
    ordered: bool = True,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> AsyncGenerator[Piece, None]:
    """Do as `iter_chunks` does, as an asynchronous generator.

    The reads run in other threads. If the task that waits for a region is cancelled, or the
    generator closed, they are told to end.
    """
    reading = _begin(
        *(metadata, store, selection, path, storage_options, by, ahead, engine, options),
        ordered=ordered,
        detached=detached,
    )
    return _read_awaited(reading)


def _begin(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any,
    path: str | None,
    storage_options: Mapping[str, Any] | None,
    by: By,
    ahead: int,
    engine: Engine,
    options: Options | None,
    *,
    ordered: bool,
    detached: bool,
) -> Reading:
    """Check the arguments; nothing is read yet."""
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    ordered = checked_flag("ordered", ordered)
    ahead = checked_ahead(ahead)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    bounds = bounds_of(selection, document.shape)
    subchunk = document.derive(_subchunk)
    levels = levels_of(by, document.chunk_grid, document.shape, subchunk)
    whole = box_of(bounds)
    if 0 not in whole.shape:
        check_chunk(document, options)
    backend = choose(engine, document, location, "read_region", whole, options)
    unit = document.chunk_grid.largest if subchunk is None else subchunk
    pace = pace_of(backend, document, location, options, unit, ahead)
    shared = _shared(document, by, subchunk, pace.group)
    source = Source(backend, document, location, options, detached, bounds, levels, shared)
    return Reading(source, pace, ahead, ordered=ordered)


def _subchunk(document: Document) -> tuple[int, ...] | None:
    return subchunk_shape(document.array)


def _shared(
    document: Document, by: By, subchunk: tuple[int, ...] | None, group: int
) -> Sequence[ChunkAxis] | None:
    """Return the grid whose chunks should not be in two groups."""
    axes = document.chunk_grid.axes
    if subchunk is None:
        return None if by in ("chunk", "shard") else axes
    if by == "shard":
        return None
    if by == "chunk" or document.chunk_nbytes <= group:
        return axes
    return [UniformAxis(n, c) for n, c in zip(document.shape, subchunk, strict=True)]


def _read(reading: Reading) -> Generator[Piece, None, None]:
    try:
        while (is_ready := reading.is_ready()) is not False:
            if is_ready:
                # No name, which would keep the array while the consumer works on the next one.
                yield reading.pop()
            else:
                reading.wait()
    finally:
        reading.close()


async def _read_awaited(reading: Reading) -> AsyncGenerator[Piece, None]:
    loop, has_ended = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        # Nobody waits on a closed loop.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(has_ended.set)

    reading.jobs.on_end = wake
    try:
        while True:
            has_ended.clear()
            is_ready = reading.is_ready()
            if is_ready is False:
                return
            if is_ready:
                yield reading.pop()
            else:
                await has_ended.wait()
    finally:
        reading.close()
