"""The chunks that the keys of a batch name, all of one array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud._document.chunk_keys import split_key
from zarr.crud._stores.location import Location
from zarr.storage import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.crud._document.document import Document

type Index = tuple[int, ...]


def indices_of(
    document: Document, places: Iterable[Any], node: str
) -> tuple[Location, list[Index]] | None:
    """Return the array's location and the index of each chunk.

    `None` if a place is not a chunk of the same array in the same store, or if its keys are not
    the numbers of the index between separators. The path `node` of the array is a guess.
    """
    form = key_form(document)
    indices: list[Index] = []
    location, root = None, ""
    for place in places:
        if type(place) is not StorePath or form is None:
            return None
        index = None
        if location is None:
            location, root, index = _located(document, place, node, form)
        if place.store is not location.store or not place.path.startswith(root):
            return None
        if index is None:
            index = index_of_key(document, place.path[len(root) :], form)
            if index is None:
                return None
        indices.append(index)
    return None if location is None else (location, indices)


def _located(
    document: Document, place: StorePath, node: str, form: tuple[str, str]
) -> tuple[Location, str, Index | None]:
    """Return where the array of a chunk is, what all of its keys begin with, and the index."""
    root = f"{node}/" if node else ""
    if place.path.startswith(root):
        index = index_of_key(document, place.path[len(root) :], form)
        if index is not None:
            return Location(place.store, node), root, index
    found = split_key(document, place.path, node)
    if found is not None:
        node = found[0]
        root = f"{node}/" if node else ""
    return Location(place.store, node), root, None


def key_form(document: Document) -> tuple[str, str] | None:
    """Return what comes before and between the numbers of a key; `None` for another form."""
    return document.derive(_form)


def _form(document: Document) -> tuple[str, str] | None:
    """What comes before and between the numbers of a key; `None` if it has another form."""
    rank = len(document.shape)
    if not rank:
        return None
    before, *others = document.array.encode_chunk_key((1,) * rank).split("1")
    separators = {*others[:-1]}
    if len(others) != rank or others[-1] or len(separators) > 1:
        return None
    return before, separators.pop() if separators else "/"


def index_of_key(document: Document, name: str, form: tuple[str, str]) -> Index | None:
    """Return the index of a chunk by its key below the array, `None` if it is no such key."""
    before, separator = form
    try:
        index = tuple(map(int, name[len(before) :].split(separator)))
    except ValueError:
        return None
    if len(index) != len(document.shape) or min(index) < 0:
        return None
    # Only the spelling that a writer would use: `int` also reads signs, spaces and zeros.
    return index if document.array.encode_chunk_key(index) == name else None
