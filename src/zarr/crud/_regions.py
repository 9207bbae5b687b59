"""Regions: parts of an array selected by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import checked_flag, checked_options
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.lower import BASIC, lower
from zarr.crud._document.origins import locate_node
from zarr.crud._elements.values import as_scalar, scalar_of
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud.backends import dispatch
from zarr.crud.backends.policy import choose
from zarr.crud.backends.reader_cache import ready_for

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zarr.crud._document.document import MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Kind
    from zarr.crud._stores.location import StoreLike
    from zarr.crud.backends.policy import Engine


def read_region(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any = ...,
    *,
    path: str | None = None,
    kind: Kind = "basic",
    out: npt.NDArray[Any] | None = None,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> npt.NDArray[Any] | np.generic:
    """Read the selected elements of an array.

    The document is authoritative: no metadata is read from the store, so an array can be read
    through a document that the store never saw: see `detached`. Nothing is written. Each chunk
    that the selection touches is fetched and decoded once, or only its touched part where the
    codecs allow that.

    Parameters
    ----------
    metadata : mapping or zarr metadata object
        The array's document. A `Document` from `read_metadata`, or zarr's own metadata object,
        is parsed once; a plain `dict` is serialised at each call.
    store : store-like
        A zarr store, `StorePath`, path, URL, or obstore store.
    selection : int, slice, Ellipsis, list, array, or tuple of these
        Elements, in the dialect `kind`. Slices clip to the axis; steps may be negative;
        negative integers count from the end. Unit: elements, or chunks for `"block"`.
    path : str, optional
        The array's path in the store; `""` is the root. By default the path that `metadata` was
        read from, if it is a `Document` that came from this store; else the root. A `dict` and
        zarr's metadata objects, `array.metadata` included, know of no path.
    kind : {"basic", "orthogonal", "coordinate", "mask", "block"}
        The dialect of `selection`. Basic: integers, slices and one `...`; an integer drops its
        axis. Orthogonal: also lists of integers, and masks, of single axes, whose outer product
        is selected. Coordinate: one integer or array of integers per axis, broadcast against
        each other. Mask: one boolean array of the array's shape. Block: integers and slices
        that count chunks; an integer keeps its axis.
    out : numpy.ndarray, optional
        Where the result goes: of exactly its shape and data type, writable, with any strides, and
        of any class but a masked array.
    engine : str or CrudBackend, optional
        The name of what does the work, or a backend itself. By default what
        `zarr.config["array.engine"]` names; where that is `"zarr"`, as it is unless somebody set
        it, the best backend that serves. `"auto"` is the same and logs who does not serve.
        `"zarr"` named here means zarr-python's own codecs, which "reference" runs.
    options : Options, optional
        How the call is carried out.
    detached : bool
        Whether the array may have no stored document, as one that is read through a document
        of the caller's own. By default that is taken for a mistake in `path` or `store`.

    Returns
    -------
    numpy.ndarray or numpy.generic
        The elements in the array's data type, which is in native byte order in format 3 and in the
        order that the document names in format 2. One axis per index that is not an integer; for
        coordinates the shape that they broadcast to; for a mask one axis, in C order. A new,
        writable, C-contiguous array that the caller owns, or `out` itself. A scalar if a basic
        selection drops every axis and `out` is not given.

    Raises
    ------
    zarr.errors.BoundsCheckError
        An integer is outside its axis.
    InvalidPathError
        `path` names no node; or it is left out, and nothing tells whether the document came from
        this store.
    IndexError
        The selection does not fit the array's rank, or is of another dialect.
    DocumentError
        The document is not valid.
    UnsupportedError
        The backend does not serve this document, store, dialect or option.
    DecodeError
        Stored bytes are damaged.
    DecodedSizeError
        The result or one chunk exceeds the budget, or NumPy has no array of the result's shape.
        A selection without elements touches no chunk, whatever their size.
    ValueShapeError
        `out` does not fit.
    zarr.errors.NodeNotFoundError
        Neither the array's document nor any of the chunks is stored, and `detached` is not set.
        `out` is filled by then.
    UnknownBackendError, BackendUnavailableError
        There is no engine of this name, or it cannot run here.
    TypeError
        An argument is of the wrong type; the message names it.

    Notes
    -----
    Cost: one store request per touched chunk, or per run of touched subchunks of a shard. One more
    learns whether the array's document is there, once for a store and path in a process, and not
    after `create`, `read_metadata`, `write_metadata` or `list_children` has seen it. The
    decoder writes to the result; only parts of chunks pass through a scratch buffer. No event
    loop is touched for stores with synchronous methods.

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
    if out is None and options is None and kind is BASIC:
        ready = ready_for(document, store, path, engine, detached=detached)
        read = None if ready is None else ready.reader.read_region(selection)
        if read is not None:
            if read.ndim:
                return read
            element: np.generic | None = scalar_of(read)
            if element is not None:
                return element
    location = locate_node(document, store, path)
    lowered = lower(document, selection, kind)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    backend = choose(engine, document, location, "read_region", lowered, options)
    found = dispatch.read_region(
        backend, document, location, lowered, out, options, detached=detached
    )
    if out is None and kind == "basic" and not lowered.shape:
        scalar: np.generic = as_scalar(found, document, location, lowered)
        return scalar
    return found


def write_region(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any,
    value: npt.ArrayLike,
    *,
    path: str | None = None,
    kind: Kind = "basic",
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> None:
    """Write the selected elements of an array.

    A chunk whose part inside the array is covered is replaced without being read; any other is
    read, changed and replaced whole. No element of concurrent writes to one chunk is lost, among
    the threads of a process and, in a `LocalStore`, among all processes of a machine: see
    `Options.locking`. A chunk is the old one or the new one at any time; the chunks of one call
    are replaced one after the other.

    Parameters
    ----------
    metadata, store, selection, path, kind, engine, options
        As for `read_region`.
    detached : bool
        Whether the array may have no stored document. By default chunks are not written without.
    value : array-like
        A scalar, or what broadcasts to the selection's shape, in any byte order and memory layout.
        Arrays are cast to the array's data type as `numpy.ndarray.astype` does; Python scalars and
        lists are converted to it at once, and must fit it. Text longer than the data type is cut.

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
        An element is masked, or is missing where the data type is text; nothing is written.
    DecodeError
        A chunk that had to be read is damaged; it is left as it was.

    As well as the errors of `read_region`.

    Notes
    -----
    Cost: one store request per touched chunk, two for one that is covered in part. Chunks that
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
    location = locate_node(document, store, path)
    lowered = lower(document, selection, kind)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    backend = choose(engine, document, location, "write_region", lowered, options)
    dispatch.write_region(backend, document, location, lowered, value, options, detached=detached)
