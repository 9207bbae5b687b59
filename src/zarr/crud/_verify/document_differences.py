"""How the documents of two nodes of one type differ, of either format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._verify.differences import Difference
from zarr.crud._verify.elements import differing
from zarr.crud._verify.numbers import dtype_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.crud._document.document import Document
    from zarr.crud._verify.differences import DifferenceKind

ENCODING: Final = (
    "zarr_format",
    "chunk_grid",
    "chunks",
    "codecs",
    "filters",
    "compressor",
    "order",
)
"""Members that say how elements are stored, but change none."""

DIMENSIONS: Final = "_ARRAY_DIMENSIONS"
"""The attribute in which xarray keeps the names of dimensions, which format 2 has no member for."""


def between_documents(path: str, mine: Document, theirs: Document) -> Iterator[Difference]:
    """Yield in what the documents of two arrays, or of two groups, differ."""
    if mine.node_type == "array":
        if mine.shape != theirs.shape:
            yield _between("shape", path, mine.shape, theirs.shape)
        names = dtype_name(mine.dtype), dtype_name(theirs.dtype)
        if names[0] != names[1]:
            yield _between("data-type", path, *names)
        elif differing(mine.fill_element, theirs.fill_element).any():
            yield _between("fill-value", path, mine.fill_element[0], theirs.fill_element[0])
        axes = _dimensions(mine), _dimensions(theirs)
        if axes[0] != axes[1]:
            yield _between("dimension-names", path, *axes)
        how = [name for name in ENCODING if _text(mine.get(name)) != _text(theirs.get(name))]
        if how:
            text = f"they are stored in different ways: {', '.join(how)}"
            yield Difference("encoding", False, path, text)
    own, others = _attributes(mine), _attributes(theirs)
    if _text(own) != _text(others):
        keys = [key for key in {**own, **others} if _text(own.get(key)) != _text(others.get(key))]
        text = f"the attributes differ in {', '.join(map(repr, keys[:10]))}"
        yield Difference("attributes", True, path, text + (", …" if len(keys) > 10 else ""))


def _between(kind: DifferenceKind, path: str, one: Any, other: Any) -> Difference:
    return Difference(kind, True, path, f"it is {one} in the first and {other} in the second")


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _dimensions(document: Document) -> Any:
    """The names of the dimensions; `None` if none of them has one."""
    names: Any = document.get("dimension_names")
    if document["zarr_format"] == 2:
        attributes: Any = document.get("attributes")
        names = (attributes or {}).get(DIMENSIONS)
    has_any = isinstance(names, (list, tuple)) and any(name is not None for name in names)
    return list(names) if has_any else None


def _attributes(document: Document) -> dict[str, Any]:
    """The attributes, without those that are shown otherwise."""
    attributes: Any = document.get("attributes") or {}
    is_older = document["zarr_format"] == 2
    return {name: one for name, one in attributes.items() if not (is_older and name == DIMENSIONS)}
