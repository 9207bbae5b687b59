"""What a repack did, and what it says meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zarr.crud._repack.done import Failure
    from zarr.crud._repack.ways import Name

    type Tell = Callable[[Progress], object]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a repack or a check is; given to `progress` after each piece of work."""

    array: str
    """The path of the array that is at work, below source and target."""
    done: int
    """The pieces of work that are done, of all arrays: chunks, shards, or blocks of them.

    A check counts stored chunks (shards).
    """
    total: int
    """All of them."""
    nbytes: int
    """The bytes that were stored so far: of values, or of elements where they were re-encoded.

    Of a check, the sizes of the stored values that it has done with.
    """
    seconds: float
    """The time since the work began."""

    @property
    def rate(self) -> float:
        """Bytes per second so far."""
        return self.nbytes / self.seconds if self.seconds else 0.0

    @property
    def remaining(self) -> float | None:
        """The seconds that the rest takes at the pace so far; `None` if nothing is done yet."""
        if not self.done:
            return None
        return self.seconds * (self.total - self.done) / self.done


@dataclass(frozen=True, slots=True)
class RepackedArray:
    """What a repack did with one array."""

    path: str
    way: Name
    written: int
    """Chunks (or shards) that were stored in the target."""
    missing: int
    """Chunks of the target that are not stored: they have the fill value, as in the source."""
    there: int
    """Chunks that an earlier repack had stored."""
    nbytes: int
    """The bytes that were stored: of values, or of elements where they were re-encoded."""
    seconds: float
    is_verified: bool
    """Whether all elements were compared with those of the source."""
    is_complete: bool
    """Whether the target has the array: nothing failed, and its document is stored."""


@dataclass(frozen=True, slots=True)
class RepackReport:
    """What a repack did."""

    arrays: tuple[RepackedArray, ...]
    failures: tuple[Failure, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    def __str__(self) -> str:
        rows = [("array", "way", "written", "missing", "there", "bytes", "seconds")]
        rows += [
            (
                *(each.path or "/", each.way, str(each.written), str(each.missing)),
                *(str(each.there), size_text(each.nbytes), f"{each.seconds:.1f}"),
            )
            for each in self.arrays
        ]
        lines = [*table(rows), *(f"failed: {each}" for each in self.failures)]
        return "\n".join(lines)


_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def size_text(nbytes: float | None) -> str:
    """Return a number of bytes as people read it."""
    if nbytes is None:
        return "?"
    unit = 0
    while nbytes >= 1024 and unit < len(_UNITS) - 1:
        nbytes, unit = nbytes / 1024, unit + 1
    return f"{nbytes:.0f} {_UNITS[unit]}" if not unit else f"{nbytes:.1f} {_UNITS[unit]}"


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows of texts as lines with columns; numbers are to the right from column 3 on."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
