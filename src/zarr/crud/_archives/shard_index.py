"""The index of a shard as stored bytes: where each subchunk lies. Nothing is decoded but the index.

Of nested shards this is the index of the outer one; its subchunks are opaque bytes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import google_crc32c
import numpy as np

from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec
from zarr.crud._document.shards import sharding_of, subchunk_shape
from zarr.crud._errors import UnsupportedError, undecodable

if TYPE_CHECKING:
    from typing import Literal

    import numpy.typing as npt

    from zarr.crud._document.document import Document

MISSING: Final = 2**64 - 1
"""The offset and the size of a subchunk that is not stored."""

CHECKSUM: Final = 4


class ShardIndex(NamedTuple):
    """Where the subchunks of a shard lie in its stored bytes; arrays of the subchunk grid's shape.

    The grid has the axes that the sharding codec receives: those of the array, unless a codec
    before it transposes.
    """

    offsets: npt.NDArray[np.uint64]
    """The first byte of each subchunk, of the whole value; `MISSING` if it is not stored."""
    nbytes: npt.NDArray[np.uint64]
    """The size of each subchunk in bytes; `MISSING` if it is not stored."""

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which subchunks are stored."""
        found: npt.NDArray[np.bool_] = self.offsets != MISSING
        return found


class Form(NamedTuple):
    """How the shards of an array spell their index."""

    location: Literal["start", "end"]
    dtype: np.dtype[np.uint64]
    checksums: int


def form_of(document: Document) -> Form:
    """Return how the shards of an array spell their index.

    Raises
    ------
    UnsupportedError
        The array is not sharded, codecs follow the shards, or the index has other codecs than
        `bytes` and `crc32c`.
    """
    return document.derive(_form_of)


def _form_of(document: Document) -> Form:
    codec = sharding_codec(document)
    first, *others = codec.index_codecs
    if not isinstance(first, BytesCodec) or not all(isinstance(c, Crc32cCodec) for c in others):
        names = [str(each.to_dict()["name"]) for each in codec.index_codecs]
        raise UnsupportedError(
            f"the index of the shards has the codecs {names}; only 'bytes' and 'crc32c' are known"
        )
    dtype = np.dtype(">u8" if first.endian == "big" else "<u8")
    return Form("start" if codec.index_location == "start" else "end", dtype, len(others))


def sharding_codec(document: Document) -> ShardingCodec:
    """Return the sharding codec of an array whose stored values are shards.

    Raises
    ------
    UnsupportedError
        There is none, codecs follow it, or codecs before it change more than the order of axes.
    """
    found = sharding_of(document.array)
    if found is None:
        raise UnsupportedError("the array is not sharded, so its stored values have no index")
    metadata: Any = document.array
    is_last = isinstance(metadata.codecs[-1], ShardingCodec)
    if not is_last or subchunk_shape(document.array) is None:
        raise UnsupportedError(
            "the stored values of the array are not plain shards: a codec before them changes "
            "their shape, or a codec follows them"
        )
    return found.codec


def grid_of(document: Document, index: tuple[int, ...] | None = None) -> tuple[int, ...]:
    """Return the shape of the subchunk grid of a shard, in the axes of the sharding codec.

    The shards of a rectilinear chunk grid differ in shape: `index` says which one is meant.
    """
    codec = sharding_codec(document)
    rank = len(document.shape)
    shape = document.chunk_shape_at((0,) * rank if index is None else index)
    found = sharding_of(document.array)
    axes = range(rank) if found is None else found.axes(rank)
    return tuple(shape[axis] // n for axis, n in zip(axes, codec.chunk_shape, strict=True))


def index_nbytes(document: Document, index: tuple[int, ...] | None = None) -> int:
    """Return the size of the index of a shard, in bytes."""
    return 16 * math.prod(grid_of(document, index)) + CHECKSUM * form_of(document).checksums


def index_span(
    document: Document, size: int, index: tuple[int, ...] | None = None
) -> tuple[int, int]:
    """Return where the index begins and ends in the stored bytes of a shard of `size` bytes.

    It begins before 0 in a value that is shorter than its index.
    """
    nbytes = index_nbytes(document, index)
    return (0, nbytes) if form_of(document).location == "start" else (size - nbytes, size)


def read_index(
    document: Document,
    data: bytes | memoryview,
    size: int,
    index: tuple[int, ...] | None = None,
    *,
    key: str = "",
    store: object = "the store",
) -> ShardIndex:
    """Decode the index of a shard, and check that its subchunks lie in the value.

    Parameters
    ----------
    document : Document
        The document of the array.
    data : bytes or memoryview
        The whole stored value, or only the bytes of `index_span`.
    size : int
        The size of the whole stored value, in bytes.
    index : tuple of int, optional
        The shard's place in the chunk grid; needed if it is rectilinear.
    key, store
        Names of the value, for messages.

    Raises
    ------
    DecodeError
        The value is shorter than its index, a checksum differs, or a subchunk is not within the
        value.
    """
    found = decode_index(document, data, size, index, key=key, store=store)
    wrong = _what_is_wrong(found, size)
    if wrong is not None:
        raise undecodable(key, store, wrong)
    return found


def decode_index(
    document: Document,
    data: bytes | memoryview,
    size: int,
    index: tuple[int, ...] | None = None,
    *,
    key: str = "",
    store: object = "the store",
) -> ShardIndex:
    """Decode an index as `read_index` does, with its subchunks as they are, even beyond the value.

    Raises
    ------
    DecodeError
        The value is shorter than its index, or a checksum differs.
    """
    grid, form = grid_of(document, index), form_of(document)
    start, stop = index_span(document, size, index)
    if start < 0 or stop > size:
        reason = f"it has {size} bytes, less than the {stop - start} of its index"
        raise undecodable(key, store, reason)
    view = memoryview(data).cast("B") if size else memoryview(b"")
    view = view[start:stop] if len(view) == size else view
    for _ in range(form.checksums):
        view, checksum = view[:-CHECKSUM], view[-CHECKSUM:]
        if google_crc32c.value(bytes(view)) != int.from_bytes(checksum, "little"):
            raise undecodable(key, store, "the checksum of the shard's index does not match")
    pairs = np.frombuffer(view, form.dtype).astype(np.uint64).reshape(*grid, 2)
    return ShardIndex(pairs[..., 0], pairs[..., 1])


def _what_is_wrong(found: ShardIndex, size: int) -> str | None:
    """Say which subchunk of an index is not within a value of `size` bytes, if one is not."""
    present, limit = found.present, np.uint64(size)
    is_wrong = present != (found.nbytes != MISSING)
    # In this order, because the sum of two such numbers may overflow.
    is_wrong |= present & ((found.offsets > limit) | (found.nbytes > limit))
    is_wrong |= present & ~is_wrong & (found.offsets + found.nbytes > limit)
    if not is_wrong.any():
        return None
    at = tuple(int(n) for n in np.argwhere(is_wrong)[0])
    start, nbytes = int(found.offsets[at]), int(found.nbytes[at])
    return f"subchunk {at} has {nbytes} bytes from byte {start} on, in a shard of {size} bytes"


def encode_index(document: Document, found: ShardIndex) -> bytes:
    """Return the stored bytes of an index, with the checksums that the document asks for."""
    form = form_of(document)
    pairs = np.stack([found.offsets, found.nbytes], axis=-1).astype(form.dtype)
    data = pairs.tobytes()
    for _ in range(form.checksums):
        data += google_crc32c.value(data).to_bytes(CHECKSUM, "little")
    return data
