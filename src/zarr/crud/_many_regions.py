"""Many regions, of one array or of several, in one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.crud._arguments import checked_flag, checked_options, shown
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.lower import lower
from zarr.crud._document.origins import locate_node
from zarr.crud._elements.values import as_scalar, as_value, check_chunk
from zarr.crud._errors import ValueShapeError
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._selection.basic import Box
from zarr.crud._stores.urls import named_store
from zarr.crud.backends import many
from zarr.crud.backends.dispatch import checked_region
from zarr.crud.backends.policy import choose
from zarr.crud.backends.requests import RegionRead, RegionWrite, concerning

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Kind, Selection
    from zarr.crud._stores.location import Location, StoreLike
    from zarr.crud.backends.contract import CrudBackend, Operation
    from zarr.crud.backends.policy import Engine


class Request(NamedTuple):
    """A region of an array: the arguments of `read_region` that say which.

    Attributes
    ----------
    metadata : mapping or zarr metadata object
        The array's document.
    store : store-like
        A zarr store, `StorePath`, path, URL, or obstore store.
    selection : int, slice, Ellipsis, list, array, or tuple of these
        The elements, in the dialect `kind`.
    path : str, optional
        The array's path in the store; by default that of the document.
    storage_options : mapping of str, optional
        The options of a URL.
    kind : {"basic", "orthogonal", "coordinate", "mask", "block"}
        The dialect of `selection`.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> document = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    >>> zarr.crud.Request(document, store, (slice(1, 3), 4)).kind
    'basic'
    """

    metadata: MetadataLike
    store: StoreLike
    selection: Any = ...
    path: str | None = None
    storage_options: Mapping[str, Any] | None = None
    kind: Kind = "basic"


def read_regions(
    requests: Iterable[Request | tuple[Any, ...]],
    *,
    out: Sequence[npt.NDArray[Any] | None] | None = None,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> list[npt.NDArray[Any] | np.generic]:
    """Read many regions, of one array or of several, in one call.

    Each chunk, and each touched subchunk of a shard, is fetched and decoded once, however many
    requests touch it. All requests are planned together and run in parallel. (An engine that does
    not plan them together, such as ``"reference"``, reads one request after the other.)

    Parameters
    ----------
    requests : iterable of Request or tuple
        What to read. A tuple has the fields of a `Request` in their order:
        ``(metadata, store, selection, path, storage_options, kind)``; the first two are required.
    out : sequence of numpy.ndarray or None, optional
        For each request the array that receives the result, or None for a new one. The arrays may
        be parts of one array. Where they overlap, the elements of the later request stay.
    engine, options, detached
        As for `read_region`, for all requests.

    Returns
    -------
    list of numpy.ndarray or numpy.generic
        What `read_region` returns for each request, in their order.

    Raises
    ------
    ValueShapeError
        `out` has another length than `requests`, or one of its arrays does not fit.

    Also the errors of `read_region`. A note of the exception (``__notes__``) names the request that
    it is about, counted from 0. After an error, the arrays of `out` may be filled in part; each
    only with elements of its own request.

    Notes
    -----
    Cost: that of one `read_region` of the union of the requests. Chunks that are decoded for
    several requests use a scratch buffer of one chunk per thread. Arrays whose `out` overlap in
    memory, and columns of one array that enclose each other, are copied once more. Reads of files
    and ZIP archives run in parallel over all arrays; those of other stores array by array.

    Source: Zarr core specification v3.0, "Chunk grids" and "Codecs".

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, data=np.arange(35).reshape(7, 5), chunks=(3, 2))
    >>> document = zarr.crud.read_metadata(store)
    >>> requests = [(document, store, (slice(1, 3), 4)), (document, store, (2, slice(3, 5)))]
    >>> zarr.crud.read_regions(requests)
    [array([ 9, 14]), array([13, 14])]
    """
    asked = _as_requests(requests)
    outs: Sequence[Any] = [None] * len(asked) if out is None else _one_each("out", out, len(asked))
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    detached = checked_flag("detached", detached)
    arrays = _Arrays(engine, "read_region", options)
    reads: list[tuple[CrudBackend, RegionRead]] = []
    for number, (request, target) in enumerate(zip(asked, outs, strict=True)):
        with concerning(number):
            backend, document, location, selection = arrays.parsed(request)
            memory = checked_region(document, selection, target, options)
        reads.append((backend, RegionRead(number, document, location, selection, memory)))
    found: list[npt.NDArray[Any] | np.generic] = []
    results = many.read_regions(reads, options, detached=detached)
    for request, target, (_, read), result in zip(asked, outs, reads, results, strict=True):
        _, document, location, selection, _ = read
        if target is not None:
            found.append(target)
        elif request.kind == "basic" and not selection.shape:
            found.append(as_scalar(result, document, location, selection))
        else:
            found.append(result)
    return found


def write_regions(
    requests: Iterable[Request | tuple[Any, ...]],
    values: Sequence[npt.ArrayLike],
    *,
    engine: Engine = None,
    options: Options | None = None,
    detached: bool = False,
) -> None:
    """Write many regions, of one array or of several, in one call.

    A chunk that several requests touch is read, changed and replaced once. Of elements that several
    requests select, the last value stays. (An engine that does not plan requests together, such as
    ``"reference"``, writes one after the other.)

    Parameters
    ----------
    requests, engine, options, detached
        As for `read_regions`.
    values : sequence of array-like
        The value of each request, as for `write_region`.

    Raises
    ------
    ValueShapeError
        `values` has another length than `requests`, or one of them does not broadcast; nothing is
        written.

    Also the errors of `write_region`, with the notes of `read_regions`. After an error of a store
    each chunk is the old one, or the new one with the elements of all requests; if requests are
    written one after the other, with those of all requests up to one of them.

    Notes
    -----
    Cost: that of one `write_region` of the union of the requests. The arrays are written one after
    the other, the chunks of each in parallel. A chunk that no single request covers is read first,
    even if several cover it together.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> document = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    >>> requests = [(document, store, (slice(2, 4), 1)), (document, store, (2, 0))]
    >>> zarr.crud.write_regions(requests, [[8, 9], 7])
    >>> zarr.crud.read_region(document, store, (slice(2, 4), slice(0, 2)))
    array([[7, 8],
           [0, 9]], dtype=int16)
    """
    asked = _as_requests(requests)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    detached = checked_flag("detached", detached)
    arrays = _Arrays(engine, "write_region", options)
    writes: list[tuple[CrudBackend, RegionWrite]] = []
    for number, (request, value) in enumerate(
        zip(asked, _one_each("values", values, len(asked)), strict=True)
    ):
        with concerning(number):
            backend, document, location, selection = arrays.parsed(request)
            if document.chunk_nbytes > options.decoded_size_budget and 0 not in selection.shape:
                check_chunk(document, options)
            array = as_value(value, document.dtype, selection.shape)
        writes.append((backend, RegionWrite(number, document, location, selection, array)))
    many.write_regions(writes, options, detached=detached)


def _as_requests(given: Any) -> list[Request]:
    if not isinstance(given, Iterable):
        raise TypeError(f"requests is {shown(given)}; use a list of requests")
    return [_as_request(request, number) for number, request in enumerate(given)]


def _as_request(given: Any, number: int) -> Request:
    if isinstance(given, Request):
        return given
    if not isinstance(given, tuple) or not 2 <= len(given) <= len(Request._fields):
        raise TypeError(
            f"request {number} is {shown(given)}; use a Request, or a tuple of the document, the "
            "store, the selection and the path"
        )
    return Request(*given)


class _Arrays:
    """The arrays of a call. Each is located once, and its backend chosen once for plain boxes."""

    def __init__(self, engine: Engine, operation: Operation, options: Options) -> None:
        self._engine, self._operation, self._options = engine, operation, options
        # By the identity of arguments that the requests keep alive.
        self._known: dict[tuple[int, int, str | None], tuple[Document, Location]] = {}
        self._boxes: dict[int, CrudBackend] = {}

    def parsed(self, request: Request) -> tuple[CrudBackend, Document, Location, Selection]:
        """Return the backend, the document, the location, and the lowered selection."""
        metadata, store, selection, path, storage_options, kind = request
        key = (id(metadata), id(store), path)
        known = self._known.get(key) if storage_options is None else None
        if known is None:
            document = as_array_document(metadata)
            known = document, locate_node(document, named_store(store, storage_options), path)
            self._known[key] = known
        document, location = known
        lowered = lower(document, selection, kind)
        backend = self._boxes.get(id(location)) if type(lowered) is Box else None
        if backend is None:
            backend = choose(
                self._engine, document, location, self._operation, lowered, self._options
            )
            if type(lowered) is Box:
                self._boxes[id(location)] = backend
        return backend, document, location, lowered


def _one_each(name: str, given: Any, count: int) -> Sequence[Any]:
    """Return an argument that has an item for each request."""
    listed = isinstance(given, Sequence) and not isinstance(given, (str, bytes))
    if not listed and not (isinstance(given, np.ndarray) and given.ndim):
        raise TypeError(f"{name} is {shown(given)}; use a list with an item for each request")
    if len(given) != count:
        raise ValueShapeError(
            f"{name} has {len(given)} items for {count} requests; give one for each request"
        )
    return given  # type: ignore[no-any-return]
