"""What a repack may use: memory, and threads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zarr.crud._errors import DecodedSizeError
from zarr.crud._stores.at_hand import most_requests

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

VARIABLE: Final = 64
"""The bytes for which an element of variable length counts."""

MAX_MEMORY: Final = 512 << 20
"""The bytes that a repack may hold, unless the caller says otherwise."""

BUFFER: Final = 1 << 20
"""The bytes that a thread holds that copies files."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a repack may use, and whether both its ends are directories."""

    max_memory: int
    are_folders: bool
    concurrency: int | None = None

    @property
    def processors(self) -> int:
        """How many threads run codecs."""
        return self.concurrency or cores()

    @property
    def buffer(self) -> int:
        """The bytes of the buffer of a thread that copies files; the system copies large ones."""
        return min(BUFFER, self.max_memory // 2) if self.are_folders else 0

    def threads(self, nbytes: int) -> int:
        """Return how many threads may move values, of which each holds so many bytes."""
        most = min(8, self.processors + 2) if self.are_folders else most_requests()
        return max(1, min(most, self.max_memory // max(1, nbytes)))

    def check(self, path: str, nbytes: int) -> None:
        """Refuse an array of which a chunk takes more memory than there may be.

        Raises
        ------
        DecodedSizeError
            It does.
        """
        if nbytes > self.max_memory:
            raise DecodedSizeError(
                f"a chunk of the array {path!r} takes {nbytes} bytes of memory, more than "
                f"max_memory={self.max_memory}; allow more, or choose smaller chunks or shards"
            )


def cores() -> int:
    """Return on how many processors this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def itemsize_of(document: Document) -> int:
    """Return the bytes for which an element counts."""
    dtype = document.dtype
    return VARIABLE if dtype.hasobject or dtype.kind == "T" else dtype.itemsize
