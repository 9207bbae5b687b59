"""Elements as numbers of 64 bits, whatever their data type and byte order. Pure."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib.recfunctions import repack_fields

if TYPE_CHECKING:
    import numpy.typing as npt

type Words = npt.NDArray[np.uint64]

_FACTORS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS: Final = (np.uint64(30), np.uint64(27), np.uint64(31))
_MORE: Final = np.uint64(0x9E3779B97F4A7C15)


def mixed(words: Words) -> Words:
    """Mix the bits of words in place: the finalizer of SplitMix64."""
    scratch = np.empty_like(words)
    for shift, factor in zip(_SHIFTS, (*_FACTORS, None), strict=True):
        np.right_shift(words, shift, out=scratch)
        np.bitwise_xor(words, scratch, out=words)
        if factor is not None:
            np.multiply(words, factor, out=words)
    return words


def numbers_of(array: npt.NDArray[Any]) -> Words:
    """Return a new array with the number of each element; 0 if all its bytes are, or it is empty.

    A number is made of the bytes of the element in little-endian order, so each NaN has its own.
    """
    if array.dtype.kind in "OT":
        return _of_objects(array)
    array = little(array)
    size = array.dtype.itemsize
    if size in (1, 2):
        return np.take(_small(size), array.view(f"u{size}"))
    if size in (4, 8):
        return mixed(array.view(f"u{size}").astype(np.uint64))
    return _of_wide(array)


@cache
def _small(itemsize: int) -> Words:
    return mixed(np.arange(1 << (8 * itemsize), dtype=np.uint64))


def little(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the elements in little-endian order, C-contiguous, without gaps between fields."""
    dtype = _packed(array.dtype)
    return np.ascontiguousarray(array if dtype == array.dtype else array.astype(dtype)).reshape(
        array.shape
    )


def _packed(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if not dtype.isnative or sys.byteorder != "little":
        dtype = dtype.newbyteorder("<")
    if dtype.names is not None:
        dtype = repack_fields(dtype, recurse=True)
    return dtype


def _of_wide(array: npt.NDArray[Any]) -> Words:
    """The numbers of elements that have more than one word, or an odd number of bytes."""
    size = array.dtype.itemsize
    found = np.zeros(array.size, np.uint64)
    if size == 0:
        return found.reshape(array.shape)
    count = -(-size // 8)
    words = np.zeros((array.size, count), np.uint64)
    words.view("u1")[:, :size] = array.reshape(-1).view("u1").reshape(-1, size)
    for place in range(count):
        np.multiply(found, _MORE, out=found)
        np.add(found, words[:, place], out=found)
        mixed(found)
    return found.reshape(array.shape)


def _of_objects(array: npt.NDArray[Any]) -> Words:
    known: dict[Any, int] = {}
    found = np.empty(array.size, np.uint64)
    for place, one in enumerate(array.reshape(-1).tolist()):
        try:
            number = known.get(one)
        except TypeError:
            number = _of_object(one)
        if number is None:
            number = known[one] = _of_object(one)
        found[place] = number
    return found.reshape(array.shape)


def _of_object(one: Any) -> int:
    """The number of a text or bytes of variable length, or of any other object by its text."""
    if isinstance(one, str):
        data = one.encode("utf-8", "surrogatepass")
    elif isinstance(one, (bytes, bytearray, memoryview)):
        data = bytes(one)
    else:
        data = b"\0" + repr(one).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") if data else 0


def dtype_name(dtype: np.dtype[Any]) -> str:
    """Return the name of a data type, the same for each byte order and format.

    Examples
    --------
    >>> dtype_name(np.dtype(">f4")), dtype_name(np.dtype([("a", ">i2"), ("b", "S3")]))
    ('<f4', "[('a', '<i2'), ('b', '|S3')]")
    """
    if dtype.kind == "T":
        return "string"
    if dtype.kind == "O":
        return "object"
    little = _packed(dtype.newbyteorder("<") if dtype.isbuiltin == 1 else dtype)
    if little.names is not None:
        return str(little.descr)
    return little.str if little.kind != "V" or little.type is np.void else little.name
