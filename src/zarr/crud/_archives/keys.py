"""What a key below a node is: a document, a chunk, something left over, or unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from zarr.crud._document.chunk_keys import index_of
from zarr.crud._document.found import OWN_NAMES

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

MARKER: Final = ".zarr-crud-repack.json"
"""The name of the key that says that a repack into a node is not finished."""

type KeyKind = Literal["document", "foreign", "chunk", "outside", "leftover", "marker", "unknown"]
"""`"document"`: of the node, in its own format. `"foreign"`: a document of the other format.
`"chunk"`: a chunk of the grid. `"outside"`: a chunk beyond the array's end, as a larger shape
leaves it. `"leftover"`: a temporary file of a writer that was ended. `"marker"`: of a repack that
was broken off. `"unknown"`: anything else.
"""

_LEFTOVER: Final = re.compile(r"\.[0-9a-f]{32}(\.crud)?\.partial\Z")
"""The ends of names of temporary files, ours and those of zarr-python."""


class StoredKey(NamedTuple):
    """A key below a node, and what it is."""

    name: str
    """The key, relative to the node."""
    kind: KeyKind
    chunk: tuple[int, ...] | None
    """The index in the chunk grid, of a chunk within or outside of it."""


def is_leftover(name: str) -> bool:
    """Return whether a name has the form of a temporary file."""
    return _LEFTOVER.search(name) is not None


def kind_of(document: Document, name: str) -> StoredKey:
    """Return what a key is, given its name relative to the node that the document describes.

    Keys of nodes below a group are unknown to it: ask with their own document.
    """
    own = OWN_NAMES[3 if document["zarr_format"] == 3 else 2]
    if name in own:
        return StoredKey(name, "document", None)
    if any(name in names for names in OWN_NAMES.values()):
        return StoredKey(name, "foreign", None)
    if name == MARKER:
        return StoredKey(name, "marker", None)
    if is_leftover(name):
        return StoredKey(name, "leftover", None)
    index = index_of(document, name) if document.node_type == "array" else None
    if index is None:
        return StoredKey(name, "unknown", None)
    grid = document.chunk_grid.shape
    is_inside = all(n < count for n, count in zip(index, grid, strict=True))
    return StoredKey(name, "chunk" if is_inside else "outside", index)
