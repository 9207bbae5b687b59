"""Points that the extension cannot number: it counts the chunks between them in 64 bits."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zarr.crud.backends import Document, Points

MOST_CHUNKS: Final = 2**64 - 1


def refused_points(document: Document, points: Points) -> str | None:
    """Return why points are refused; `None` for all points of a grid with less than 2**64 chunks.

    In larger grids, the box of chunks that contains all points must have less.
    """
    if document.derive(_chunk_count) <= MOST_CHUNKS or 0 in points.shape:
        return None
    pairs = zip(points.axes, document.chunk_grid.axes, strict=True)
    ends = [
        (axis.chunk_of(int(places.min())), axis.chunk_of(int(places.max())))
        for places, axis in pairs
    ]
    if prod(last - first + 1 for first, last in ends) <= MOST_CHUNKS:
        return None
    return "the points are spread over a box of 2**64 chunks or more; select them in several calls"


def _chunk_count(document: Document) -> int:
    return prod(document.chunk_grid.shape)
