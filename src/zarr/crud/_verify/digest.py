"""The digest of an array's elements, computed from its chunks in any order. Pure.

Each element has a number of 64 bits, made of its bytes in little-endian order; zero bytes, and an
empty text, have 0. Each position has, in each of two lanes, a key: the product of random odd
numbers, one for each group of 16 bits of its place on each axis. The digest is, in each lane, the
sum over all elements of number times key, modulo 2**64. The keys of a box are an outer product, and
so is their sum, so a box of equal elements needs no loop over them.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache, lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._verify.numbers import dtype_name, mixed, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zarr.crud._document.document import Document

type Words = npt.NDArray[np.uint64]
type Span = tuple[int, int]
type Sums = tuple[int, int]
"""The sums of the two lanes."""

VERSION: Final = "zd1"
"""The beginning of a digest: another definition gets another one."""

LANES: Final = 2
_DIGIT: Final = 16
_DIGITS: Final = 4
_MASK: Final = (1 << 64) - 1
_BLOCK: Final = 1 << 15
"""Elements at a time: what is computed stays in the caches of the processor."""

_ROW: Final = 1 << 12
"""The most elements of several axes that are handled as one."""

_ADDED: Final = np.uint64(0x9E3779B97F4A7C15)


@cache
def _table(lane: int, axis: int, digit: int) -> Words:
    """The odd numbers for the values of one group of 16 bits of a place on an axis."""
    seed = (lane * 64 + axis) * _DIGITS + digit
    places = np.arange(1 << _DIGIT, dtype=np.uint64) + np.uint64(seed << _DIGIT)
    with np.errstate(over="ignore"):
        return mixed(mixed(places * _ADDED + _ADDED)) | np.uint64(1)


def _keys(lane: int, axis: int, span: Span) -> Words:
    """The keys of the places of a span on an axis; nobody changes them."""
    start, stop = span
    return (_few_keys if stop - start <= _ROW else _new_keys)(lane, axis, start, stop)


@lru_cache(maxsize=1024)
def _few_keys(lane: int, axis: int, start: int, stop: int) -> Words:
    # Many chunks have the same places on an axis.
    return _new_keys(lane, axis, start, stop)


def _new_keys(lane: int, axis: int, start: int, stop: int) -> Words:
    keys = np.ones(stop - start, np.uint64)
    for digit in range(_DIGITS):
        shift = _DIGIT * digit
        low, high = start >> shift, (stop - 1) >> shift
        table = _table(lane, axis, digit)
        if low == high:
            np.multiply(keys, table[low & 0xFFFF], out=keys)
        else:
            places = (np.arange(start, stop, dtype=np.uint64) >> np.uint64(shift)) & np.uint64(
                0xFFFF
            )
            np.multiply(keys, table[places], out=keys)
    return keys


def _sum_of_keys(lane: int, axis: int, length: int) -> int:
    """The sum of the keys of the first `length` places of an axis, digit by digit."""
    total, factor = 0, 1
    for digit in reversed(range(_DIGITS)):
        table = _table(lane, axis, digit)
        value = (length >> (_DIGIT * digit)) & 0xFFFF
        below = 1
        for lower in range(digit):
            below = below * int(_table(lane, axis, lower).sum()) & _MASK
        total += factor * int(table[:value].sum()) * below
        factor = factor * int(table[value]) & _MASK
    return total & _MASK


def all_equal(number: int, shape: tuple[int, ...]) -> Sums:
    """Return the sums of an array of which every element has the same number."""
    if number == 0:
        return 0, 0
    found = []
    for lane in range(LANES):
        total = number
        for axis, length in enumerate(shape):
            total = total * _sum_of_keys(lane, axis, length) & _MASK
        found.append(total)
    return found[0], found[1]


def sums_of(array: npt.NDArray[Any], spans: Sequence[Span], less: int = 0) -> Sums:
    """Return the sums of a box of elements at `spans`, each with its number minus `less`.

    With `less`, the number of the fill value, the sums of all stored chunks and those of an array
    of fill values add up to the sums of the array.
    """
    if array.size == 0:
        return 0, 0
    split = _split(array.shape)
    columns = prod(array.shape[split:])
    keys = [_outer(lane, spans, range(split, array.ndim)) for lane in range(LANES)]
    heads = [_outer(lane, spans, range(split)) for lane in range(LANES)]
    lines = array.reshape(-1, columns)
    step, width = max(1, _BLOCK // columns), min(columns, _BLOCK)
    totals = [0, 0]
    for row in range(0, len(lines), step):
        for column in range(0, columns, width):
            found = numbers_of(lines[row : row + step, column : column + width])
            if less:
                found -= np.uint64(less)
            for lane in range(LANES):
                # Faster than `@`, which has no library for integers.
                sums = np.einsum("ij,j->i", found, keys[lane][column : column + width])
                totals[lane] += int((sums * heads[lane][row : row + step]).sum())
    return totals[0] & _MASK, totals[1] & _MASK


def _split(shape: tuple[int, ...]) -> int:
    """The first of the last axes that are handled as one: a row of few elements costs too much."""
    split, columns = len(shape), 1
    while split and (columns == 1 or columns * shape[split - 1] <= _ROW):
        split -= 1
        columns *= shape[split]
    return split


def _outer(lane: int, spans: Sequence[Span], axes: range) -> Words:
    """The keys of a box over some axes, in C order."""
    keys = np.ones(1, np.uint64)
    for axis in axes:
        keys = np.multiply.outer(keys, _keys(lane, axis, spans[axis])).reshape(-1)
    return keys


def digest_of(document: Document, sums: Sums) -> str:
    """Return the digest of an array: a hash of these sums, the data type and the shape."""
    header = json.dumps([dtype_name(document.dtype), list(document.shape)])
    made = hashlib.blake2b(header.encode(), digest_size=16)
    made.update(b"".join(one.to_bytes(8, "little") for one in sums))
    return f"{VERSION}:{made.hexdigest()}"
