"""Chunks: whole units of storage, addressed by their place in the chunk grid."""

from __future__ import annotations

from collections.abc import Mapping
from operator import index as as_int
from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import checked_flag, checked_options
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.origins import locate_node
from zarr.crud._elements.values import as_chunk
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.urls import named_store
from zarr.crud.backends import awaited, dispatch
from zarr.crud.backends.policy import choose
from zarr.crud.backends.reader_cache import ready_for
from zarr.errors import ArrayIndexError, BoundsCheckError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._stores.location import Location, StoreLike
    from zarr.crud.backends.awaited import Begun
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.policy import Engine


def read_chunk(
    metadata: MetadataLike,
    store: StoreLike,
    index: tuple[int, ...],
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    out: npt.NDArray[Any] | None = None,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> npt.NDArray[Any]:
    """Read one whole chunk of an array; of a sharded array, one whole shard.

    The document is authoritative: the call reads no metadata from the store. Nothing is written.

    Parameters
    ----------
    metadata, store, path, storage_options, engine, options, detached
        As for `read_region`.
    index : tuple of int
        The chunk's place in the chunk grid, one non-negative number per axis. Unit: chunks.
    out : numpy.ndarray, optional
        The array that receives the result. It must have the nominal chunk shape and the array's
        data type and be writable, with any strides.

    Returns
    -------
    numpy.ndarray
        The chunk in its nominal shape: a chunk at the array's edge includes the part outside the
        array. The data type is as in `read_region`. It is a new, writable, C-contiguous array that
        the caller owns, or `out` itself. If the chunk is not stored, it holds the fill value.

    Raises
    ------
    zarr.errors.BoundsCheckError
        `index` is outside the chunk grid.
    zarr.errors.ChunkNotFoundError
        The chunk is not stored and `Options.missing_chunks` is `"error"`.

    Also the errors of `read_region`.

    Notes
    -----
    Cost: one store request. The decoder writes directly to the result if the codecs allow it.

    Source: Zarr core specification v3.0, "Regular grids".

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, data=np.arange(35).reshape(7, 5), chunks=(3, 2))
    >>> zarr.crud.read_chunk(array.metadata, store, (2, 2), engine="reference")
    array([[34,  0],
           [ 0,  0],
           [ 0,  0]])
    """
    document = as_array_document(metadata)
    if detached is not False:
        detached = checked_flag("detached", detached)
    if storage_options is not None or store.__class__ is str:
        store = named_store(store, storage_options)
    if out is None and options is None:
        ready = ready_for(document, store, path, engine, detached=detached)
        found = None if ready is None else ready.reader.read_chunk(index)
        if found is not None:
            return found
    call = _call_of(document, store, index, path, out, engine, options)
    return dispatch.read_chunk(*call, detached=detached)


def begin_chunk(
    metadata: MetadataLike,
    store: StoreLike,
    index: tuple[int, ...],
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    out: npt.NDArray[Any] | None = None,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> Begun:
    """Begin `read_chunk`; return what to await."""
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    call = _call_of(document, store, index, path, out, engine, options)
    return awaited.begin_chunk(*call, detached=detached)


def _call_of(
    document: Document,
    store: StoreLike,
    index: tuple[int, ...],
    path: str | None,
    out: npt.NDArray[Any] | None,
    engine: Engine,
    options: Options | None,
) -> tuple[CrudBackend, Document, Location, tuple[int, ...], npt.NDArray[Any] | None, Options]:
    """Return the arguments of `dispatch.read_chunk`."""
    location = locate_node(document, store, path)
    checked = checked_index(document, index)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    backend = choose(engine, document, location, "read_chunk", None, options)
    return backend, document, location, checked, out, options


def write_chunk(
    metadata: MetadataLike,
    store: StoreLike,
    index: tuple[int, ...],
    value: npt.ArrayLike,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> None:
    """Write one whole chunk of an array; of a sharded array, one whole shard.

    The chunk is replaced without being read. A reader sees the old or the new chunk.

    Parameters
    ----------
    metadata, store, index, path, storage_options, engine, options
        As for `read_chunk`.
    detached : bool
        As for `write_region`.
    value : array-like
        Values of exactly the nominal chunk shape, or a scalar; converted as by `write_region`.
        The part outside the array is stored, too.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        As by `write_region`.
    ReadOnlyError
        The store is read-only.
    ValueShapeError
        `value` does not have the nominal chunk shape; nothing is written.
    MissingValueError, OverflowError
        As by `write_region`.

    Also the errors of `read_chunk`.

    Notes
    -----
    Cost: one store request; a C-contiguous value is not copied before encoding. A chunk that
    holds only the fill value is deleted unless `Options.write_empty_chunks` is set.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> document = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    >>> zarr.crud.write_chunk(document, store, (0, 1), np.ones((3, 2)), engine="reference")
    >>> zarr.crud.read_region(document, store, (0, ...), engine="reference")
    array([0, 0, 1, 1, 0], dtype=int16)
    """
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    checked = checked_index(document, index)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    backend = choose(engine, document, location, "write_chunk", None, options)
    array = as_chunk(value, document, checked)
    dispatch.write_chunk(backend, document, location, checked, array, options, detached=detached)


def checked_index(document: Document, index: tuple[int, ...]) -> tuple[int, ...]:
    """Return a chunk index that is within the chunk grid of the document, or refuse it."""
    grid = document.chunk_grid.shape
    if type(index) is tuple and len(index) == len(grid):
        for position, length in zip(index, grid):  # noqa: B905
            if type(position) is not int or not 0 <= position < length:
                break
        else:
            return index
    return index_in(grid, index, "chunk")


def index_in(grid: tuple[int, ...], index: tuple[int, ...], unit: str) -> tuple[int, ...]:
    """Return the index of a `unit` as integers within the shape of their grid, or refuse it."""
    if isinstance(index, (set, frozenset, Mapping)):
        raise ArrayIndexError(f"the {unit} index {index!r} has no order; use a tuple of integers")
    try:
        # NumPy integers would overflow when elements are counted.
        checked = tuple(map(as_int, index))
    except TypeError as err:
        raise ArrayIndexError(
            f"the {unit} index {index!r} is not a tuple of integers: {err}"
        ) from err
    if len(checked) != len(grid):
        raise ArrayIndexError(
            f"the {unit} index {checked} does not fit the {unit} grid, which has {len(grid)} axes"
        )
    for position, length in zip(checked, grid, strict=True):
        if not 0 <= position < length:
            raise BoundsCheckError(
                f"the {unit} index {checked} is outside the {unit} grid of shape {grid}"
            )
    return checked
