"""The library's arrays: made once for a document in a place, compared with zarr's, and kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zarr.crud.backends import BoundedCache
from zarr.zarrista._document import Prepared, prepare
from zarr.zarrista._library import LibraryError, called, library
from zarr.zarrista._store import Reached, reach

if TYPE_CHECKING:
    from collections.abc import Hashable

    from zarr.crud.backends import Document, Location

MOST: Final = 256
"""The most arrays that are kept."""


MOST_KEYS: Final = 4096
"""The most chunks that are read of one object: the store in it remembers each key forever."""


@dataclass(slots=True, eq=False)
class Opened:
    """An array of the library."""

    array: Any
    store: Reached
    prepared: Prepared
    keys: int = 0
    """How many chunks were read of it; some may be counted twice."""


_kept: Final[BoundedCache[tuple[Hashable, str, str], Opened | str]] = BoundedCache(None, most=MOST)


def opened(document: Document, location: Location) -> Opened | str:
    """Return the library's array of a document in a place, or why it has none; nothing is read."""
    prepared = document.derive(prepare)
    if prepared.refusal is not None:
        return prepared.refusal
    store = reach(*location)
    if isinstance(store, str):
        return store
    # What is kept holds the store, so no other one can have its `id`.
    key = (store.place, location.path, prepared.text)
    found = _kept.get(key)
    if isinstance(found, Opened) and found.keys >= MOST_KEYS:
        _kept.discard(key)
        found = None
    return _kept.keep(key, _made(document, location, prepared, store)) if found is None else found


def kept() -> int:
    """Return how many arrays are kept."""
    return len(_kept)


def _made(
    document: Document, location: Location, prepared: Prepared, store: Reached
) -> Opened | str:
    path = f"/{location.path}"
    try:
        if store.root is None:
            array = called(library().AsyncArray.from_metadata, prepared.members, store.inner, path)
        else:
            folder = called(library().store.FilesystemStore, store.root)
            array = called(library().Array.from_metadata, prepared.members, folder, path)
        difference = called(_difference, array, document, location, prepared)
    except LibraryError as err:
        return f"the library does not open the array: {err}"
    return difference or Opened(array, store, prepared)


def _difference(
    array: Any, document: Document, location: Location, prepared: Prepared
) -> str | None:
    """Return in what the library takes the document for another array than zarr does."""
    if array.shape != list(document.shape):
        return f"the library takes its shape for {array.shape}"
    if array.dtype.size != prepared.dtype.itemsize:
        return f"the library takes its elements for {array.dtype.size} bytes long"
    if array.fill_value.as_bytes() != prepared.fill:
        return f"the library takes its fill value for {array.fill_value.as_bytes()!r}"
    if 0 in document.chunk_grid.shape:
        return None
    first = (0,) * len(document.shape)
    if array.chunk_shape(list(first)) != list(document.chunk_shape_at(first)):
        return f"the library takes its first chunk for {array.chunk_shape(list(first))}"
    key = location.key(document.array.encode_chunk_key(first))
    if array.chunk_key(list(first)) != key:
        return f"the library takes the key of its first chunk for {array.chunk_key(list(first))!r}"
    return None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_kept.clear)
