"""The numbers of elements or bytes that codecs receive, which may vary between chunks."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Final, NamedTuple

from zarr.crud._selection.chunk_grid import extents_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.crud._document.document import ArrayMetadata


class Sizes(NamedTuple):
    """Numbers of elements or of bytes: each is `remainder` plus a multiple of `modulus`."""

    largest: int | None
    """The upper bound, if it is known."""
    remainder: int
    modulus: int
    """0 if there is only one number."""

    def all_divisible(self, divisor: int) -> bool:
        """Return whether all of them are multiples of a number."""
        return self.remainder % divisor == 0 and self.modulus % divisor == 0

    def plus(self, number: int) -> Sizes:
        """The sums with a number."""
        largest = None if self.largest is None else self.largest + number
        return Sizes(largest, self.remainder + number, self.modulus)

    def times(self, other: Sizes) -> Sizes:
        """The products with other numbers, in any combination."""
        (most, rest, step), (others, rest2, step2) = self, other
        modulus = gcd(rest * step2, rest2 * step, step * step2)
        largest = None if most is None or others is None else most * others
        return Sizes(largest, rest * rest2, modulus)

    def regrouped(self, old: int, new: int) -> Sizes:
        """The number of groups of `new` in so many groups of `old`, rounded up."""
        step = self.modulus * old
        modulus = step // new if step % new == 0 else 1
        largest = None if self.largest is None else -(-self.largest * old // new)
        return Sizes(largest, -(-self.remainder * old // new), modulus)


ANY: Final = Sizes(None, 0, 1)
"""Sizes that depend on the data."""


def exactly(number: int) -> Sizes:
    """One number."""
    return Sizes(number, number, 0)


def one_of(numbers: Iterable[int]) -> Sizes:
    """Any of several numbers."""
    known = sorted(set(numbers))
    return Sizes(known[-1], known[0], gcd(*(number - known[0] for number in known)))


def counts_of(metadata: ArrayMetadata) -> Sizes:
    """The numbers of elements in the chunks of an array."""
    counts = exactly(1)
    for axis in extents_of(metadata):
        counts = counts.times(exactly(axis) if isinstance(axis, int) else one_of(axis))
    return counts


def shards_of(subchunk: Sizes, count: Sizes, checksums: int) -> Sizes:
    """The sizes in bytes of shards of `count` subchunks, of which all but one may be missing."""
    if count == exactly(1):
        return subchunk.plus(16 + 4 * checksums)
    modulus = gcd(16 * count.modulus, subchunk.modulus, subchunk.remainder)
    largest = None
    if count.largest is not None and subchunk.largest is not None:
        largest = count.largest * (subchunk.largest + 16) + 4 * checksums
    return Sizes(largest, 16 * count.remainder + 4 * checksums, modulus)


ADD_FOUR: Final = frozenset({"adler32", "crc32", "crc32c", "fletcher32", "jenkins_lookup3"})
"""Codecs that add a checksum of four bytes."""


def size_after(name: str, size: Sizes | None) -> Sizes | None:
    """The output size of a codec of numcodecs or zarr for an input size; `None` if unknown."""
    if size is None or name == "shuffle":
        return size
    if name in ADD_FOUR:
        return size.plus(4)
    if name == "base64":
        return size.regrouped(1, 3).times(exactly(4))
    return ANY


def refused_shuffle(width: object, size: Sizes | None) -> str | None:
    """Return why `shuffle` cannot divide its input into words of `width` bytes."""
    if size is None or not isinstance(width, int) or width <= 1 or size.all_divisible(width):
        return None
    if size.modulus == 0:
        return (
            f"codec 'shuffle' cannot encode {size.largest} bytes with elementsize {width}; "
            "it takes a divisor of them"
        )
    return (
        f"codec 'shuffle' cannot encode every chunk with elementsize {width}: its number of "
        "input bytes depends on the chunk, and need not be a multiple of that; use elementsize 1, "
        "or shuffle before the codec that outputs those bytes"
    )
