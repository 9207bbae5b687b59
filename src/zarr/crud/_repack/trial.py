"""A trial on a few elements: whether two documents mean the same by the same stored bytes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._codec_chain import decode_chunk, encode_chunk
from zarr.crud._repack.pieces import without_shards

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._document.document import Document

_EXTENTS: Final = (4, 3, 2)
_TEXTS: Final = ("", "a", "zarr", "größer", "\U0001f600", "x" * 40)


def mean_the_same(source: Document, target: Document) -> bool:
    """Whether a piece that the source's codecs encoded decodes alike with the target's.

    The pieces are small and have random bits; both ways are tried. So a codec that two formats
    spell alike, but mean differently, is found out before anything is moved.
    """
    rank = len(source.shape)
    shape = tuple(_EXTENTS[axis] if axis < len(_EXTENTS) else 1 for axis in range(rank))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            one, other = without_shards(source, shape), without_shards(target, shape)
            values = _values(one.dtype, shape)
            return _decodes_alike(one, other, values) and _decodes_alike(other, one, values)
        except Exception:  # noqa: BLE001  # codecs raise whatever they like
            return False


def _decodes_alike(one: Document, other: Document, values: npt.NDArray[Any]) -> bool:
    data = encode_chunk(one, values.astype(one.dtype))
    return same_bits(decode_chunk(one, data), decode_chunk(other, data))


def same_bits(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Whether two arrays have the same elements, bit for bit, in whatever byte order."""
    if one.shape != other.shape:
        return False
    if one.dtype.hasobject or one.dtype.kind == "T" or other.dtype.hasobject:
        return bool(np.array_equal(one.astype(object), other.astype(object)))
    if one.dtype != other.dtype:
        # To swap bytes changes no bits of a NaN.
        if one.dtype.newbyteorder("=") != other.dtype.newbyteorder("="):
            return False
        one, other = (
            np.ascontiguousarray(a).astype(a.dtype.newbyteorder("=")) for a in (one, other)
        )
    return _bytes(one) == _bytes(other)


def _bytes(array: npt.NDArray[Any]) -> memoryview | bytes:
    array = np.ascontiguousarray(array)
    return memoryview(array.reshape(-1).view("u1")) if array.size and array.dtype.itemsize else b""


def _values(dtype: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    count, random = int(np.prod(shape)), np.random.default_rng(0)
    if dtype.hasobject or dtype.kind == "T":
        texts: list[Any] = [_TEXTS[number % len(_TEXTS)] for number in range(count)]
        made = np.empty(count, dtype)
        made[:] = texts
        return made.reshape(shape)
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    if dtype.kind == "U":
        return np.array([_TEXTS[n % len(_TEXTS)] for n in range(count)], dtype).reshape(shape)
    data = random.integers(0, 256, count * dtype.itemsize, "u1").tobytes()
    if dtype.names is not None:
        # Bytes of a truth value or a text are not arbitrary.
        return np.array([tuple(range(len(dtype.names)))] * count, dtype).reshape(shape)
    return np.frombuffer(data, dtype).reshape(shape).copy()
