"""Writes: chunks that the library encodes replace the stored values under our locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core.buffer.cpu import Buffer
from zarr.crud.backends import cast, change_value, errors, work_on_each
from zarr.zarrista._codecs import ChunkCodec, threads_for
from zarr.zarrista._elements import is_fill
from zarr.zarrista._library import LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.crud.backends import ChunkPart, Document, Location, Options, StoredChunk
    from zarr.zarrista._document import Layout, Prepared


def write(
    document: Document,
    prepared: Prepared,
    location: Location,
    parts: Iterable[ChunkPart],
    value: npt.NDArray[Any],
    options: Options,
) -> None:
    """Replace each chunk by one that includes its part of `value`."""
    encode_key = document.array.encode_chunk_key

    def key_of(part: ChunkPart) -> str:
        return location.key(encode_key(part.chunk))

    def replace(part: ChunkPart) -> None:
        codec = ChunkCodec(document, prepared, part.chunk, options)

        def change(stored: StoredChunk) -> None:
            stored.encode_empty = lambda: _encoded(codec, codec.fill())
            chunk = _before(codec, stored, part, prepared.layout)
            _put(chunk, part, cast(value[(*part.out_selection, ...)], prepared.dtype))
            if not options.write_empty_chunks and is_fill(chunk, prepared.fill):
                stored.delete_sync()
            else:
                stored.set_sync(_encoded(codec, chunk))

        change_value(location, encode_key(part.chunk), options, change)

    work_on_each(replace, parts, threads_for(location, options), key_of)


def _before(
    codec: ChunkCodec, stored: StoredChunk, part: ChunkPart, layout: Layout
) -> npt.NDArray[Any]:
    """Return a new array of the chunk as it is stored; one that is replaced whole is not read."""
    # What a shard holds beyond the end of the array stays, as in zarr-python.
    replaced = part.covered and (layout != "shards" or _is_whole(part, codec.shape))
    data = None if replaced else stored.get_sync()
    if data is None:
        return codec.fill()
    with stored.decoding():
        return codec.decode(data.to_bytes()).copy()


def _is_whole(part: ChunkPart, shape: tuple[int, ...]) -> bool:
    """Return whether a covered part reaches beyond the end of the array, to that of the chunk."""
    lengths = [
        len(range(*taken.indices(n))) for taken, n in zip(part.chunk_selection, shape, strict=True)
    ]
    return lengths == list(shape)


def _put(chunk: npt.NDArray[Any], part: ChunkPart, piece: npt.NDArray[Any]) -> None:
    if part.pick is None:
        chunk[part.chunk_selection] = piece
        return
    where: Any = (*part.chunk_selection, ...)
    # A view, even of an array without axes.
    np.atleast_1d(chunk[where])[part.pick] = piece


def _encoded(codec: ChunkCodec, chunk: npt.NDArray[Any]) -> Buffer:
    try:
        return Buffer.from_bytes(codec.encode(chunk))
    except LibraryError as err:
        raise errors.InternalError(f"the library cannot encode a chunk: {err}") from err
