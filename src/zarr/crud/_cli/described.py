"""An array or a group in words: what its document says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.crud._doctor.words import count, data_type, shape, size
from zarr.crud._document.shards import subchunk_shape

if TYPE_CHECKING:
    from zarr.crud import Document

LONGEST: Final = 72
"""The most characters of a value in a line."""


class Chunks(NamedTuple):
    """The chunks of an array, and its shards, if it has any."""

    chunks: tuple[int, ...]
    shards: tuple[int, ...] | None
    grid: tuple[int, ...]
    """The number of chunks, or shards, along each axis."""


def chunks_of(document: Document) -> Chunks:
    """Return the shapes of chunks and shards; of a rectilinear grid, the largest."""
    inner, grid = subchunk_shape(document.array), document.chunk_grid
    outer = document.chunk_shape or grid.largest
    return Chunks(outer, None, grid.shape) if inner is None else Chunks(inner, outer, grid.shape)


def dimensions_of(document: Document) -> list[str | None]:
    """Return the names of the axes; none, if they have none."""
    names: Any = document.get("dimension_names")
    if names is None:
        # As xarray keeps them in format 2.
        attributes: Any = document.get("attributes") or {}
        names = attributes.get("_ARRAY_DIMENSIONS") or []
    return list(names) if isinstance(names, list) else []


def summary(document: Document) -> str:
    """Return a node in one line.

    >>> import zarr
    >>> array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2")
    >>> summary(zarr.crud.read_metadata(array.store))
    '7 x 5 int16, chunks 3 x 2'
    """
    if document.node_type == "group":
        return "group"
    found = chunks_of(document)
    shards = "" if found.shards is None else f", shards {shape(found.shards)}"
    return f"{shape(document.shape)} {data_type(document)}, chunks {shape(found.chunks)}{shards}"


def chunks_in_words(document: Document) -> dict[str, str]:
    """Return the rows about chunks and shards."""
    found = chunks_of(document)
    each, number = size(document.chunk_nbytes), math.prod(found.grid)
    if found.shards is None:
        return {"chunks": f"{shape(found.chunks)}: {count(number, 'chunk')} of {each}"}
    inner = size(math.prod(found.chunks) * document.dtype.itemsize)
    return {
        "chunks": f"{shape(found.chunks)}, {inner} each",
        "shards": f"{shape(found.shards)}: {count(number, 'shard')} of {each}",
    }


def shortened(text: str) -> str:
    """Return a text, cut if it is long."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
