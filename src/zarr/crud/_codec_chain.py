"""The codec chain alone: chunks to bytes and back, without a store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr.core.buffer.cpu import Buffer
from zarr.crud._arguments import bytes_of, checked_options
from zarr.crud._chunks import checked_index
from zarr.crud._document.cache import as_array_document
from zarr.crud._elements.values import as_chunk
from zarr.crud._errors import UnsupportedError
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.location import Location
from zarr.crud.backends import dispatch
from zarr.crud.backends.policy import choose
from zarr.errors import ArrayIndexError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Buffer as BufferLike

    import numpy.typing as npt

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud._options import Options
    from zarr.crud.backends.policy import Engine


def encode_chunk(
    metadata: MetadataLike,
    value: npt.ArrayLike,
    *,
    index: tuple[int, ...] | None = None,
    engine: Engine = None,
    options: Options | None = None,
) -> bytes:
    """Encode one chunk with the array's codecs; of a sharded array, one shard.

    Parameters
    ----------
    metadata, engine, options
        As for `write_chunk`.
    value : array-like
        Values of exactly the nominal chunk shape, or a scalar.
    index : tuple of int, optional
        The chunk's index. Needed for a rectilinear chunk grid, whose chunks differ in shape.

    Returns
    -------
    bytes
        The bytes that `write_chunk` would store, also if the chunk holds only the fill value.

    Raises
    ------
    ValueShapeError
        `value` does not have the nominal chunk shape.
    IndexError
        `index` is missing, or not within the chunk grid.
    MissingValueError, OverflowError
        As by `write_region`.
    UnsupportedError
        The backend does not serve this document.

    Notes
    -----
    Cost: the codecs, and one copy of the encoded bytes.

    Examples
    --------
    >>> import zarr
    >>> array = zarr.create_array({}, shape=4, chunks=2, dtype="u1", compressors=None)
    >>> zarr.crud.encode_chunk(array.metadata, [104, 105], engine="reference")
    b'hi'
    """
    document = as_array_document(metadata)
    index = _which(document, index)
    chunk = as_chunk(value, document, index)
    options = replace(_without_store(options), write_empty_chunks=True)
    scratch = MemoryStore()
    location = Location(scratch, "")
    backend = choose(engine, document, location, "write_chunk", None, options)
    dispatch.write_chunk(backend, document, location, index, chunk, options, detached=True)
    found = scratch.get_sync(_key(document, index))
    if found is None:
        raise UnsupportedError(
            "the codecs of this array store no bytes for this chunk; write it with `write_chunk`"
        )
    return found.to_bytes()


def decode_chunk(
    metadata: MetadataLike,
    data: BufferLike,
    *,
    index: tuple[int, ...] | None = None,
    out: npt.NDArray[Any] | None = None,
    engine: Engine = None,
    options: Options | None = None,
) -> npt.NDArray[Any]:
    """Decode one chunk with the array's codecs; of a sharded array, one shard.

    Parameters
    ----------
    metadata, out, engine, options
        As for `read_chunk`.
    data : bytes-like
        The stored bytes of a chunk, as from `read_encoded_chunk`. `bytes` are not copied; mutable
        memory is copied once before it is decoded.
    index : tuple of int, optional
        The chunk's index. Needed for a rectilinear chunk grid, whose chunks differ in shape.

    Returns
    -------
    numpy.ndarray
        As from `read_chunk`.

    Raises
    ------
    DecodeError
        The bytes do not decode.
    IndexError
        `index` is missing, or not within the chunk grid.
    UnsupportedError
        The backend does not serve this document.

    Notes
    -----
    Cost: the codecs.

    Examples
    --------
    >>> import zarr
    >>> array = zarr.create_array({}, shape=4, chunks=2, dtype="u1", compressors=None)
    >>> zarr.crud.decode_chunk(array.metadata, b"hi", engine="reference")
    array([104, 105], dtype=uint8)
    """
    document = as_array_document(metadata)
    index = _which(document, index)
    scratch = _Given({_key(document, index): Buffer.from_bytes(bytes_of(data))})
    location = Location(scratch, "")
    options = DEFAULT_OPTIONS if options is None else checked_options(options)
    backend = choose(engine, document, location, "read_chunk", None, options)
    return dispatch.read_chunk(backend, document, location, index, out, options, detached=True)


class _Given(MemoryStore):
    """Bytes that are not in a store; error messages show this name."""

    def __str__(self) -> str:
        return "the given bytes"


def _which(document: Document, index: tuple[int, ...] | None) -> tuple[int, ...]:
    if index is not None:
        return checked_index(document, index)
    if document.chunk_shape is None:
        raise ArrayIndexError(
            "the chunks of a rectilinear chunk grid differ in shape; say which one with `index`"
        )
    return (0,) * len(document.shape)


def _without_store(options: Options | None) -> Options:
    """The options without those that concern writers of a store; there is no store."""
    return replace(checked_options(options), durability="replace", locking="threads")


def _key(document: Document, index: tuple[int, ...]) -> str:
    return document.array.encode_chunk_key(index)
