"""Documents for the reads and writes of the conformance suite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hypothesis.strategies as st
import numpy as np

from zarr import crud
from zarr.core.array import create_array
from zarr.core.sync import sync
from zarr.crud._document.document import Document
from zarr.crud.testing._layout import Layout
from zarr.storage import MemoryStore

VALUES = np.arange(1, 36, dtype="i2").reshape(7, 5)

# Raw bytes, so that one wrong byte shows; ragged, so that every edge has a part outside.
DOCUMENT: dict[str, Any] = {
    "zarr_format": 3,
    "node_type": "array",
    "shape": [7, 5],
    "data_type": "int16",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2]}},
    "chunk_key_encoding": {"name": "default"},
    "fill_value": -9,
    "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
}


def document_of(layout: Layout) -> Document:
    """The document that upstream creates for a layout."""
    array = create_array(
        MemoryStore(),
        shape=layout.shape,
        chunks=layout.chunks,
        dtype=layout.dtype,
        **layout.keywords,
    )
    return crud.read_metadata(sync(array).store)


def chunk_starts(document: Document) -> list[Sequence[int]]:
    """The start positions of the chunks, for each axis."""
    return [axis.starts for axis in document.chunk_grid.axes]


@st.composite
def rectilinear_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an array with chunks of different sizes, some beyond its end, perhaps with shards.

    zarr parses such documents only while `array.rectilinear_chunks` is set.
    """
    rank = draw(st.integers(1, 3))
    inner = draw(st.sampled_from([1, 2]))
    shape, axes = [], []
    for _ in range(rank):
        edges = [inner * n for n in draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))]
        every = draw(st.booleans())
        shape.append(draw(st.integers(0, 9 if every else sum(edges))))
        axes.append(edges[0] if every else edges)
    codecs: list[Any] = [{"name": "bytes", "configuration": {"endian": "little"}}]
    if draw(st.booleans()):
        configuration = {
            "chunk_shape": [inner] * rank,
            "codecs": [*codecs, {"name": "crc32c"}],
            "index_codecs": [*codecs, {"name": "crc32c"}],
        }
        codecs = [{"name": "sharding_indexed", "configuration": configuration}]
    chunks = {"kind": "inline", "chunk_shapes": axes}
    grid = {"name": "rectilinear", "configuration": chunks}
    return DOCUMENT | {"shape": shape, "chunk_grid": grid, "codecs": codecs}
