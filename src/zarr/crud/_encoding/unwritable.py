"""Why no chunk of an array can be encoded, determined from its document alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._encoding.encoded_sizes import counts_of
from zarr.crud._encoding.unwritable_format2 import unwritable_filters
from zarr.crud._encoding.unwritable_format3 import unwritable_codecs
from zarr.crud._options import DEFAULT_OPTIONS

if TYPE_CHECKING:
    from zarr.crud._document.document import Document
    from zarr.crud._encoding.encoders import Unwritable


def refused_write(document: Document) -> str | None:
    """Return why no engine encodes the chunks of an array; see `Document.derive`.

    A codec receives a chunk (in a shard, a subchunk), or the output of the previous codec. Limits
    that depend on the data are left to the encoders, unless data would be lost.
    """
    found = document.derive(_unwritable)
    return None if found is None else found.reason


def refused_loss(document: Document) -> str | None:
    """The same, but only for chunks that zarr's own path stores anyway and cannot restore."""
    found = document.derive(_unwritable)
    return found.reason if found is not None and found.loses else None


def refused_size(document: Document) -> str | None:
    """Return why no chunk of an array is read or written with default options."""
    budget = DEFAULT_OPTIONS.decoded_size_budget
    if document.chunk_nbytes <= budget:
        return None
    return f"one chunk takes {document.chunk_nbytes} bytes, above the budget of {budget} bytes"


def _unwritable(document: Document) -> Unwritable | None:
    metadata, shape = document.array, document.chunk_grid.largest
    if not math.prod(shape):
        # There is no chunk.
        return None
    if isinstance(metadata, ArrayV2Metadata):
        compressor = (metadata.compressor,) if metadata.compressor else ()
        codecs = (*(metadata.filters or ()), *compressor)
        return unwritable_filters(codecs, shape, document.dtype, metadata.order)
    return unwritable_codecs(metadata, shape, counts_of(metadata))
