"""Names of chunks, made and read many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.core.chunk_key_encodings import DefaultChunkKeyEncoding, V2ChunkKeyEncoding
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.chunk_keys import index_of

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
    form, rank = _form(document), len(document.shape)
    if form is None or not rank:
        return lambda name: index_of(document, name)
    start, separator = form

    def read(name: str) -> Index | None:
        if not name.startswith(start):
            return None
        parts = name[len(start) :].split(separator)
        if len(parts) != rank or not all(map(_is_number, parts)):
            return None
        return tuple(map(int, parts))

    return read


def _is_number(text: str) -> bool:
    """Whether this is a number in the one spelling that a reader asks for."""
    return text.isascii() and text.isdecimal() and (text[0] != "0" or len(text) == 1)


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
