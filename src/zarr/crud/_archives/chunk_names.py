"""Names of chunks, made and read many at a time."""

from __future__ import annotations

from operator import lt
from typing import TYPE_CHECKING

from zarr.core.chunk_key_encodings import DefaultChunkKeyEncoding, V2ChunkKeyEncoding
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.chunk_keys import chunk_pattern, index_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.crud._document.document import Document

type Index = tuple[int, ...]


def name_writer(document: Document) -> Callable[[Index], str]:
    """Return a function that makes the name of a chunk's key, below the node, from its index."""
    form = _form(document)
    if form is None or not document.shape:
        return document.array.encode_chunk_key
    start, separator = form
    return lambda index: start + separator.join(map(str, index))


def index_reader(document: Document) -> Callable[[str], Index | None]:
    """Return a function that reads the index from the name of a key; `None` if it is no chunk."""
    pattern = document.derive(chunk_pattern)
    if pattern is None:
        return lambda name: index_of(document, name)
    match = pattern.fullmatch

    def read(name: str) -> Index | None:
        found = match(name)
        return None if found is None else tuple(map(int, found.groups()))

    return read


def inside_reader(document: Document) -> Callable[[str], Index | None]:
    """Return a function that reads as `index_reader`, but only indices within the chunk grid.

    Names of which all but the last number are the same as before, as in a sorted list, cost less.
    """
    read, grid, form = index_reader(document), document.chunk_grid.shape, _form(document)
    separator = "/" if form is None else form[1]
    head: str | None = None
    start: Index = ()
    numbers: dict[str, int] = {}

    def read_inside(name: str) -> Index | None:
        nonlocal head, start
        before, _, last = name.rpartition(separator)
        if before == head and (number := numbers.get(last)) is not None:
            return (*start, number)
        index = read(name)
        if index is None or not all(map(lt, index, grid)):
            return None
        if index and form is not None:
            head, start, numbers[last] = before, index[:-1], index[-1]
        return index

    return read_inside


def _form(document: Document) -> tuple[str, str] | None:
    """Return the beginning of the names of chunks and the separator, of a known encoding."""
    metadata = document.array
    if isinstance(metadata, ArrayV2Metadata):
        return "", metadata.dimension_separator
    encoding = metadata.chunk_key_encoding
    if type(encoding) is V2ChunkKeyEncoding:
        return "", encoding.separator
    if type(encoding) is DefaultChunkKeyEncoding:
        return f"c{encoding.separator}", encoding.separator
    return None
