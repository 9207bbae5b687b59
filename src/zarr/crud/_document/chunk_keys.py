"""Keys of chunks and their indices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from zarr.core.chunk_key_encodings import DefaultChunkKeyEncoding, V2ChunkKeyEncoding
from zarr.core.metadata.v2 import ArrayV2Metadata

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

# Only the spelling that a reader would request, of any number that could be an index.
_NUMBER: Final = "(0|[1-9][0-9]{0,29})"


def index_of(document: Document, key: str) -> tuple[int, ...] | None:
    """Return the index of the chunk with a key below the node; `None` if it is not a chunk key.

    The chunk grid is not checked: the index may lie beyond the end of the array.
    """
    pattern = document.derive(chunk_pattern)
    if pattern is not None:
        found = pattern.fullmatch(key)
        return None if found is None else tuple(map(int, found.groups()))
    metadata = document.array
    rank = len(metadata.shape)
    try:
        if isinstance(metadata, ArrayV2Metadata):
            parts = key.split(metadata.dimension_separator) if rank else []
            index = tuple(map(int, parts))
        else:
            index = metadata.chunk_key_encoding.decode_chunk_key(key) if rank else ()
        # Accept only the spelling that a reader would request.
        fits = len(index) == rank and min(index, default=0) >= 0
        return index if fits and metadata.encode_chunk_key(index) == key else None
    except Exception:  # noqa: BLE001  # registered encodings raise whatever they like, or cannot
        return None


def chunk_pattern(document: Document) -> re.Pattern[str] | None:
    """Return the form of chunk keys, with a group for each axis; `None` if no pattern gives it.

    There is one for the encodings of the specification. To `derive` from a document.
    """
    metadata = document.array
    if isinstance(metadata, ArrayV2Metadata):
        separator: str = metadata.dimension_separator
    elif type(metadata.chunk_key_encoding) in (DefaultChunkKeyEncoding, V2ChunkKeyEncoding):
        separator = metadata.chunk_key_encoding.separator  # type: ignore[attr-defined]
    else:
        return None
    rank = len(metadata.shape)
    sample = metadata.encode_chunk_key((0,) * rank)
    prefix = sample.removesuffix(separator.join("0" * rank))
    return re.compile(re.escape(prefix) + re.escape(separator).join([_NUMBER] * rank))


def split_key(document: Document, path: str, node: str) -> tuple[str, tuple[int, ...]] | None:
    """Return the node's path and the chunk's index for the path of a chunk in the store.

    Tries `node` first. Otherwise it assumes that all chunk keys have equally many parts.
    """
    if not node or path.startswith(f"{node}/"):
        index = index_of(document, path.removeprefix(f"{node}/") if node else path)
        if index is not None:
            return node, index
    sample = document.array.encode_chunk_key((0,) * len(document.shape))
    parts = path.split("/")
    count = sample.count("/") + 1
    index = index_of(document, "/".join(parts[-count:]))
    return None if index is None else ("/".join(parts[:-count]), index)
