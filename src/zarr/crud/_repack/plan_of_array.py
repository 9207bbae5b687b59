"""What a repack will do with one array."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from zarr.crud._document.shards import sharding_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.crud._document.document import Document
    from zarr.crud._repack.ways import Mode, Name

type Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ArrayPlan:
    """What a repack will do with one array, and what that costs.

    Made by `repack_plan`. Numbers of bytes are those of stored, that is encoded, values unless it
    says otherwise.
    """

    path: str
    """The path of the array below the source and the target; `""` is the node itself."""
    way: Name
    """`"copied"`, `"regrouped"` or `"re-encoded"`."""
    reason: str
    """Why not by a cheaper way."""
    source: Document
    """The document of the source."""
    target: Document
    """The document that the target gets."""
    chunks: int
    """How many stored values (chunks, or shards) of the source are read."""
    bytes_moved: int | None
    """The bytes of these values; `None` if the listing of the store does not tell them."""
    bytes_decoded: int
    """The bytes of elements that are decoded, repeated ones included; 0 unless re-encoded."""
    peak_memory: int
    """The most bytes that are held at a time."""
    requests: int
    """How many requests the values take, of reading and of writing."""
    mode: Mode = field(repr=False)
    origin: Index = field(repr=False)
    units: tuple[Index, ...] = field(repr=False)
    stored: dict[Index, int | None] = field(repr=False, hash=False)
    block: tuple[int, ...] | None = field(default=None, repr=False)
    threads: int = field(default=1, repr=False)
    codec_threads: int = field(default=1, repr=False)
    """In how many threads the backend runs codecs at a time."""
    compact: bool = field(default=False, repr=False)
    times: float = field(default=1.0, repr=False)
    """How often a chunk of the source is decoded, on average."""
    first: ArrayPlan | None = field(default=None, repr=False)
    """The first of two passes, into the scratch store."""

    @property
    def grid_size(self) -> int:
        """How many chunks (shards) the target has, stored or missing."""
        return math.prod(self.target.chunk_grid.shape)

    @property
    def splits(self) -> bool:
        """Whether its units are stored values of the source, each of which becomes several."""
        return self.mode == "pieces" and sharding_of(self.target.array) is None

    @property
    def of_source(self) -> bool:
        """Whether its units are stored values of the source, and not chunks of the target."""
        return self.mode == "values" or self.splits

    def of_chunks(self) -> ArrayPlan:
        """Return the plan in which each chunk of the target is a block of its own."""
        return replace(self, block=None)

    def of_units(self, units: Sequence[Index], stored: dict[Index, Any]) -> ArrayPlan:
        """Return the plan for some units only."""
        return replace(self, units=tuple(units), stored=stored)
