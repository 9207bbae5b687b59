"""The codec chain alone: chunks to bytes and back, with no store of the caller's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr.core.buffer.cpu import Buffer
from zarr.crud import _dispatch
from zarr.crud._document import as_array_document
from zarr.crud._errors import UnsupportedError
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._store import Location
from zarr.crud._values import as_chunk
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Buffer as BufferLike

    import numpy.typing as npt

    from zarr.crud._document import Document, MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._policy import Engine


def encode_chunk(
    metadata: MetadataLike,
    value: npt.ArrayLike,
    *,
    engine: Engine = None,
    options: Options | None = None,
) -> bytes:
    """Encode one chunk with the array's codecs; of a sharded array, one shard.

    Parameters
    ----------
    metadata, engine, options
        As for `write_chunk`.
    value : array-like
        Exactly the nominal chunk shape, or a scalar.

    Returns
    -------
    bytes
        What `write_chunk` would store, even for a chunk of nothing but the fill value.

    Raises
    ------
    ValueShapeError
        `value` does not have the nominal chunk shape.
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
    chunk = as_chunk(value, document)
    options = replace(options or DEFAULT_OPTIONS, write_empty_chunks=True)
    scratch = MemoryStore()
    index = (0,) * chunk.ndim
    _dispatch.write_chunk(
        document, Location(scratch, ""), index, chunk, engine=engine, options=options
    )
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
        The stored bytes of a chunk, as from `read_encoded_chunk`. They are not copied.

    Returns
    -------
    numpy.ndarray
        As from `read_chunk`.

    Raises
    ------
    DecodeError
        The bytes do not decode.
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
    index = (0,) * len(document.shape)
    scratch = MemoryStore({_key(document, index): Buffer.from_bytes(memoryview(data))})
    return _dispatch.read_chunk(
        document, Location(scratch, ""), index, out=out, engine=engine, options=options
    )


def _key(document: Document, index: tuple[int, ...]) -> str:
    return document.array.encode_chunk_key(index)
