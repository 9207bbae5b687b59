"""Regions: parts of an array selected by element."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr.crud._arguments import checked_flag, checked_options
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.lower import BASIC, lower
from zarr.crud._document.origins import locate_node
from zarr.crud._elements.values import as_scalar, scalar_of
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.urls import named_store
from zarr.crud.backends import awaited, dispatch
from zarr.crud.backends.policy import choose
from zarr.crud.backends.reader_cache import ready_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Kind, Selection
    from zarr.crud._stores.location import Location, StoreLike
    from zarr.crud.backends.awaited import Begun
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.policy import Engine


def read_region(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any = ...,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    kind: Kind = "basic",
    out: npt.NDArray[Any] | None = None,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> npt.NDArray[Any] | np.generic:
    """Read the selected elements of an array.

    The document is authoritative: the call reads no metadata from the store, so you can read an
    array with a document that is not stored (see `detached`). Nothing is written. Each chunk
    that the selection touches is fetched and decoded once, or only the touched part if the
    codecs allow that.

    Parameters
    ----------
    metadata : mapping or zarr metadata object
        The array's document. A `Document` from `read_metadata`, or zarr's own metadata object,
        is parsed once; a plain `dict` is serialised at each call.
    store : store-like
        A zarr store, `StorePath`, path, URL, or obstore store.
    selection : int, slice, Ellipsis, list, array, or tuple of these
        The elements to read, in the dialect `kind`. Slices are clipped to the axis, steps may be
        negative, and negative integers count from the end. Unit: elements; chunks for `"block"`.
    path : str, optional
        The array's path in the store; `""` is the root. By default the path that `metadata` was
        read from, if it is a `Document` from this store; otherwise the root. A `dict` and
        zarr's metadata objects, including `array.metadata`, do not store a path.
    storage_options : mapping of str, optional
        The options of a URL; as for `create`.
    kind : {"basic", "orthogonal", "coordinate", "mask", "block"}
        The dialect of `selection`. Basic: integers, slices and one `...`; an integer drops its
        axis. Orthogonal: additionally lists of integers, lists of slices, `Ranges` and masks for
        single axes; the outer product is selected. Coordinate: one integer or array of integers per
        axis, broadcast against each other. Mask: one boolean array of the array's shape. Block:
        integers and slices that count chunks; an integer keeps its axis.
    out : numpy.ndarray, optional
        The array that receives the result. It must have exactly the result's shape and data type
        and be writable. Any strides and any class except masked arrays are allowed.
    engine : str or CrudBackend, optional
        The name of an engine, or a backend object. By default the engine that
        `zarr.config["array.engine"]` names; if that is `"zarr"`, the default of the configuration,
        the best backend that serves the call. `"auto"` does the same and logs the backends that do
        not serve it. `"zarr"` as this argument means zarr-python's own codecs, which "reference"
        runs.
    options : Options, optional
        How the call runs.
    detached : bool
        Whether the array may have no stored document, for example because the caller supplies
        its own. By default a missing document is treated as a mistake in `path` or `store`.

    Returns
    -------
    numpy.ndarray or numpy.generic
        The elements in the array's data type: in native byte order for format 3, in the byte order
        of the document for format 2. The result has one axis per index that is not an integer;
        coordinates give the shape that they broadcast to; a mask gives one axis, in C order. It is
        a new, writable, C-contiguous array that the caller owns, or `out` itself. It is a scalar if
        a basic selection drops every axis and `out` is not given.

    Raises
    ------
    zarr.errors.BoundsCheckError
        An integer is outside its axis.
    InvalidPathError
        `path` is not a valid node path; or it is omitted, and zarr cannot tell whether the
        document came from this store.
    IndexError
        The selection does not fit the array's rank, or belongs to another dialect.
    DocumentError
        The document is not valid.
    UnsupportedError
        The backend does not serve this document, store, dialect or option.
    DecodeError
        Stored bytes are damaged.
    DecodedSizeError
        The result or one chunk exceeds the budget, or NumPy does not support the result's shape.
        A selection without elements touches no chunk, whatever the size of the chunks.
    ValueShapeError
        `out` does not fit.
    zarr.errors.NodeNotFoundError
        Neither the array's document nor any of the chunks is stored, and `detached` is not set.
        `out` may already be filled.
    UnknownBackendError, BackendUnavailableError
        There is no engine of this name, or it cannot run here.
    TypeError
        An argument has the wrong type; the message names it.

    Notes
    -----
    Cost: one store request per touched chunk, or per run of touched subchunks of a shard. One more
    request checks that the array's document exists: once per store and path in a process, and
    never after `create`, `read_metadata`, `write_metadata` or `list_children` has seen it. The
    decoder writes directly to the result; only partially read chunks use a scratch buffer. Stores
    with synchronous methods involve no event loop.

    Source: Zarr core specification v3.0, "Chunk grids" and "Codecs".

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, data=np.arange(35).reshape(7, 5), chunks=(3, 2))
    >>> document = zarr.crud.read_metadata(store)
    >>> zarr.crud.read_region(document, store, (slice(1, 7, 3), -1), engine="reference")
    array([ 9, 24])
    """
    document = as_array_document(metadata)
    if detached is not False:
        detached = checked_flag("detached", detached)
    if storage_options is not None or store.__class__ is str:
        store = named_store(store, storage_options)
    if out is None and options is None and kind is BASIC:
        ready = ready_for(document, store, path, engine, detached=detached)
        read = None if ready is None else ready.reader.read_region(selection)
        if read is not None:
            if read.ndim:
                return read
            element: np.generic | None = scalar_of(read)
            if element is not None:
                return element
    call = _call_of(document, store, selection, path, kind, out, engine, options)
    return call.finished(dispatch.read_region(*call, detached=detached), kind)


def begin_region(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any = ...,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    kind: Kind = "basic",
    out: npt.NDArray[Any] | None = None,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> Begun:
    """Begin `read_region`; return what to await."""
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    call = _call_of(document, store, selection, path, kind, out, engine, options)
    begun = awaited.begin_region(*call, detached=detached)
    return begun._replace(finish=partial(call.finished, kind=kind))


class _Call(NamedTuple):
    """The arguments of `dispatch.read_region`."""

    backend: CrudBackend
    document: Document
    location: Location
    selection: Selection
    out: npt.NDArray[Any] | None
    options: Options

    def finished(self, found: npt.NDArray[Any], kind: Kind) -> npt.NDArray[Any] | np.generic:
        if self.out is None and kind == "basic" and not self.selection.shape:
            scalar: np.generic = as_scalar(found, self.document, self.location, self.selection)
            return scalar
        return found


def _call_of(
    document: Document,
    store: StoreLike,
    selection: Any,
    path: str | None,
    kind: Kind,
    out: npt.NDArray[Any] | None,
    engine: Engine,
    options: Options | None,
) -> _Call:
    location = locate_node(document, store, path)
    lowered = lower(document, selection, kind)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    backend = choose(engine, document, location, "read_region", lowered, options)
    return _Call(backend, document, location, lowered, out, options)


def write_region(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any,
    value: npt.ArrayLike,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    kind: Kind = "basic",
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> None:
    """Write the selected elements of an array.

    If the selection covers the whole part of a chunk inside the array, the chunk is replaced
    without being read; any other chunk is read, changed and replaced whole. Concurrent writes to
    one chunk lose no elements, among the threads of a process, in a `LocalStore` among all
    processes of a machine, and in object stores with conditional puts among all machines: see
    `Options.locking`. A reader sees the old or the new chunk at any
    time; the chunks of one call are replaced one after the other.

    Parameters
    ----------
    metadata, store, selection, path, storage_options, kind, engine, options
        As for `read_region`.
    detached : bool
        Whether the array may have no stored document. By default the document must be stored.
    value : array-like
        A scalar, or values that broadcast to the selection's shape, in any byte order and memory
        layout. Arrays are cast to the array's data type as `numpy.ndarray.astype` does. Python
        scalars and lists are converted to it directly, and must fit. Text that is too long for the
        data type is truncated.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        The array's document is not stored, and `detached` is not set; nothing is written.
    ReadOnlyError
        The store is read-only.
    ValueShapeError
        `value` does not broadcast to the selection's shape; nothing is written.
    OverflowError
        A Python scalar does not fit the data type; nothing is written.
    MissingValueError
        An element is masked, or the data type is text and an element is missing; nothing is
        written.
    DecodeError
        A chunk that had to be read is damaged; it is left unchanged.

    Also the errors of `read_region`.

    Notes
    -----
    Cost: one store request per touched chunk, two for a partially covered chunk. Chunks that
    hold only the fill value are deleted unless `Options.write_empty_chunks` is set.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> document = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    >>> zarr.crud.write_region(document, store, (slice(2, 4), 1), [8, 9], engine="reference")
    >>> zarr.crud.read_region(document, store, (slice(1, 5), 1), engine="reference")
    array([0, 8, 9, 0], dtype=int16)
    """
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    lowered = lower(document, selection, kind)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    backend = choose(engine, document, location, "write_region", lowered, options)
    dispatch.write_region(backend, document, location, lowered, value, options, detached=detached)
