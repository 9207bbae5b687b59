"""Subchunks: the inner chunks of shards, addressed by their place in the whole array's grid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import checked_flag, checked_options
from zarr.crud._chunks import index_in
from zarr.crud._document.cache import as_array_document, as_document
from zarr.crud._document.checks import MAX_EXTENT
from zarr.crud._document.origins import locate_node
from zarr.crud._document.shards import subchunk_shape
from zarr.crud._errors import UnsupportedError
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._selection.basic import Box
from zarr.crud._stores.urls import named_store
from zarr.crud.backends import awaited, dispatch
from zarr.crud.backends.policy import choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._stores.location import Location, StoreLike
    from zarr.crud.backends.awaited import Begun
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.policy import Engine


def read_subchunk(
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
    """Read one whole inner chunk of a shard.

    Parameters
    ----------
    metadata, store, path, storage_options, engine, options, detached
        As for `read_chunk`.
    index : tuple of int
        The subchunk's place in the grid of all subchunks of the array, one non-negative number
        per axis of the array. Unit: subchunks. The grid has the array's own order of axes, even if
        shards are transposed before they are split into subchunks: a `chunk_shape` of `[5, 3]`
        after a transposition with the order `[1, 0]` gives subchunks of 3 rows and 5 columns.
    out : numpy.ndarray, optional
        The array that receives the result. It must have the subchunk shape, in the array's own
        order of axes, and the array's data type.

    Returns
    -------
    numpy.ndarray
        The subchunk in its nominal shape, including the part outside the array, and in the
        array's own order of axes; otherwise as from `read_chunk`.

    Raises
    ------
    zarr.errors.BoundsCheckError
        `index` is outside the grid of subchunks.
    UnsupportedError
        The array is not sharded, or a codec before the shards changes more than the order of axes.

    Notes
    -----
    Cost: one store request for the shard's index and one for the subchunk. If the store is not a
    `LocalStore`, one more checks that both belong to the same value of the shard. A small shard is
    fetched whole; "reference" fetches every shard whole.

    Source: Zarr extension "sharding_indexed" v1.0.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, data=np.arange(10), chunks=(2,), shards=(4,))
    >>> zarr.crud.read_subchunk(array.metadata, store, (3,), engine="reference")
    array([6, 7])
    """
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    call = _call_of(document, store, index, path, out, engine, options)
    return dispatch.read_region(*call, detached=detached)


def begin_subchunk(
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
    """Begin `read_subchunk`; return what to await."""
    document = as_array_document(metadata)
    detached = checked_flag("detached", detached)
    store = named_store(store, storage_options)
    call = _call_of(document, store, index, path, out, engine, options)
    return awaited.begin_region(*call, detached=detached)


def _call_of(
    document: Document,
    store: StoreLike,
    index: tuple[int, ...],
    path: str | None,
    out: npt.NDArray[Any] | None,
    engine: Engine,
    options: Options | None,
) -> tuple[CrudBackend, Document, Location, Box, npt.NDArray[Any] | None, Options]:
    """Return the arguments of `dispatch.read_region`."""
    subchunk = document.derive(_subchunk_shape)
    grid = tuple(-(-n // c) for n, c in zip(document.shape, subchunk, strict=True))
    places = index_in(grid, index, "subchunk")
    axes = tuple((place * n, 1, n) for place, n in zip(places, subchunk, strict=True))
    box = Box(axes, subchunk)
    location = locate_node(document, store, path)
    if any(start + n > length for (start, _, n), length in zip(axes, document.shape, strict=True)):
        document = document.derive(_padded)
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    backend = choose(engine, document, location, "read_region", box, options)
    return backend, document, location, box, out, options


def _subchunk_shape(document: Document) -> tuple[int, ...]:
    shape = subchunk_shape(document.array)
    if shape is None:
        raise UnsupportedError("the array is not sharded; read a chunk or a region instead")
    return shape


def _padded(document: Document) -> Document:
    """The same array, extended to the end of its last subchunks."""
    subchunk = document.derive(_subchunk_shape)
    shape = [-(-n // c) * c for n, c in zip(document.shape, subchunk, strict=True)]
    if max(shape) > MAX_EXTENT:
        raise UnsupportedError(
            "the last subchunks reach beyond 2**63 - 1 elements; read them with `read_region`, "
            "which reads only the part inside the array"
        )
    return as_document({**json.loads(document.json), "shape": shape})
