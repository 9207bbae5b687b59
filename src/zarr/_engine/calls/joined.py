"""Indexers that join slices of the first axis, by the slices instead of by the chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.core.indexing import BasicIndexer, SliceDimIndexer
from zarr.crud._selection.basic import Outer
from zarr.crud._selection.ranges import Ranges, lower_ranges

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

JOINED: Final = frozenset({("annbatch.utils", "MultiBasicIndexer")})
"""Module and name of the classes whose instances have a list `indexers` of upstream's indexers, and
mean these one after the other along the first axis."""


def is_joined(kind: type) -> bool:
    """Return whether a class is known to join slices."""
    return (kind.__module__, kind.__qualname__) in JOINED


def lowered_slices(document: Document, indexer: Any) -> Outer | None:
    """Lower the slices that an indexer joins; `None` if they are of another form.

    The form is that of ranges of the first axis, all with the same ranges of the other axes.
    """
    parts: list[Any] = getattr(indexer, "indexers", [])
    if not parts or set(map(type, parts)) != {BasicIndexer} or indexer.drop_axes:
        return None
    axes = [part.dim_indexers for part in parts]
    if {type(axis) for part in axes for axis in part} != {SliceDimIndexer}:
        return None
    others = {tuple((x.start, x.stop, x.step, x.dim_len) for x in part[1:]) for part in axes}
    first = [part[0] for part in axes]
    if len(others) != 1 or {(axis.step, axis.dim_len) for axis in first} != {
        (1, document.shape[0])
    }:
        return None
    (rest,) = others
    if tuple(other[3] for other in rest) != document.shape[1:] or any(x[2] != 1 for x in rest):
        return None
    starts = np.fromiter((axis.start for axis in first), np.int64, len(first))
    stops = np.fromiter((axis.stop for axis in first), np.int64, len(first))
    ranges = Ranges(starts, np.maximum(starts, stops))
    axis, count = lower_ranges(ranges, document.shape[0])
    shape = (count, *(max(0, stop - start) for start, stop, _, _ in rest))
    if shape != tuple(indexer.shape) or 0 in shape:
        return None
    return Outer((axis, *((start, 1, stop - start) for start, stop, _, _ in rest)), shape)
