"""Chunk grids: the positions of an array's chunks, axis by axis. Pure."""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import RegularChunkGridMetadata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.core.metadata.v3 import ArrayV3Metadata
    from zarr.crud._selection.basic import Positions


_FARTHEST: Final = 2**63 - 1
"""The largest length of an axis, and the largest number in an array of positions."""


class UniformAxis:
    """An axis of `length` elements with a chunk boundary every `size` elements."""

    def __init__(self, length: int, size: int) -> None:
        self.length = length
        self.largest = size
        self.starts: Sequence[int] = range(0, length, size)

    def size(self, index: int) -> int:
        """The nominal extent of a chunk; the last chunk has it too."""
        return self.largest

    def chunk_of(self, position: int) -> int:
        """The chunk that holds a position."""
        return position // self.largest

    def chunks_of(self, positions: Positions) -> Positions:
        """The chunks that hold the positions."""
        return positions // self.largest


class VaryingAxis:
    """An axis of `length` elements with chunks of the extents `edges`.

    The last ones may extend beyond the end of the axis, or begin after it.
    """

    def __init__(self, length: int, edges: Sequence[int]) -> None:
        self.length = length
        self._edges = edges
        self.largest = max(edges, default=0)
        self.starts: Sequence[int] = [
            start for start in [0, *self._ends[:-1].tolist()] if start < length
        ]

    @cached_property
    def _ends(self) -> Positions:
        if sum(self._edges) <= _FARTHEST:
            return np.cumsum(self._edges, dtype=np.int64)
        # The sums would overflow; no axis is that long.
        ends = [min(end, _FARTHEST) for end in accumulate(self._edges)]
        return np.array(ends, dtype=np.int64)

    def size(self, index: int) -> int:
        """The extent of a chunk, including any part beyond the end of the axis."""
        return self._edges[index]

    def chunk_of(self, position: int) -> int:
        """The chunk that holds a position."""
        return int(np.searchsorted(self._ends, position, side="right"))

    def chunks_of(self, positions: Positions) -> Positions:
        """The chunks that hold the positions."""
        return np.searchsorted(self._ends, positions, side="right").astype(np.int64, copy=False)


type ChunkAxis = UniformAxis | VaryingAxis


class ChunkGrid(NamedTuple):
    """The chunks of an array: one sequence of extents per axis."""

    axes: tuple[ChunkAxis, ...]
    shape: tuple[int, ...]
    """The number of chunks along each axis, without those beyond the end of the array."""
    largest: tuple[int, ...]
    """The largest extent of a chunk along each axis."""

    def chunk_shape(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """The nominal shape of the chunk at `index`, including any part outside the array."""
        return tuple(axis.size(position) for axis, position in zip(self.axes, index, strict=True))


def chunk_grid_of(metadata: ArrayV2Metadata | ArrayV3Metadata) -> ChunkGrid:
    """Return the chunk grid that an array's metadata describes."""
    axes = tuple(map(_axis, metadata.shape, extents_of(metadata)))
    shape = tuple(len(axis.starts) for axis in axes)
    return ChunkGrid(axes, shape, tuple(axis.largest for axis in axes))


def extents_of(metadata: ArrayV2Metadata | ArrayV3Metadata) -> Sequence[int | Sequence[int]]:
    """Return the extents of chunks along each axis: one for all of them, or one for each."""
    if isinstance(metadata, ArrayV2Metadata):
        return metadata.chunks
    if isinstance(metadata.chunk_grid, RegularChunkGridMetadata):
        return metadata.chunk_grid.chunk_shape
    return metadata.chunk_grid.chunk_shapes


def _axis(length: int, extent: int | Sequence[int]) -> ChunkAxis:
    return UniformAxis(length, extent) if isinstance(extent, int) else VaryingAxis(length, extent)
