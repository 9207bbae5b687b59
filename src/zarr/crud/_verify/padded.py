"""The document of an array, extended so that every byte of its last chunks is decoded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zarr.crud._document.cache import as_document
from zarr.crud._document.checks import MAX_EXTENT

if TYPE_CHECKING:
    from zarr.crud._document.document import Document


def padded(document: Document) -> Document:
    """Return the document with the shape up to the end of its last chunks.

    The document itself if its chunks are of several shapes, or would end beyond what an axis has.
    """
    chunk = document.chunk_shape
    if chunk is None:
        return document
    shape = [count * size for count, size in zip(document.chunk_grid.shape, chunk, strict=True)]
    if tuple(shape) == document.shape or max(shape, default=0) > MAX_EXTENT:
        return document
    return as_document({**json.loads(document.json), "shape": shape})
