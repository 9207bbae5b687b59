"""What came of a unit of work, and what went wrong in it."""

from __future__ import annotations

from typing import NamedTuple

type Index = tuple[int, ...]


class Done(NamedTuple):
    """What a piece of the work stored."""

    written: int = 0
    """Values that were stored in the target."""
    there: int = 0
    """Values that were there already."""
    empty: int = 0
    """Values that are not stored, because nothing but the fill value is in them."""
    nbytes: int = 0
    """The bytes of the values that were stored; those of elements, where they were re-encoded."""

    def plus(self, other: Done) -> Done:
        """Return the sum of both."""
        return Done(*(a + b for a, b in zip(self, other, strict=True)))


class Failure(NamedTuple):
    """A chunk (or a shard) that could not be repacked."""

    array: str
    """The path of the array below source and target."""
    chunk: Index | None
    """The index of the chunk: of the target if it is re-encoded or sharded, else of the source."""
    key: str
    """The key of the chunk in that store."""
    error: Exception
    """What the store, the codec or the check raised."""

    def __str__(self) -> str:
        place = f"array {self.array!r}, chunk {self.chunk}, key {self.key!r}"
        return f"{place}: {type(self.error).__name__}: {self.error}"
