"""Selections of any dialect, lowered on the array of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from zarr.crud._arguments import is_word, wrong_word
from zarr.crud._selection.basic import Kind, Selection, lower_basic
from zarr.crud._selection.dialects import (
    lower_block,
    lower_coordinate,
    lower_mask,
    lower_orthogonal,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.crud._document.document import Document


KINDS: Final = get_args(Kind.__value__)

BASIC: Final[Kind] = "basic"
"""The same object that callers usually pass, so a comparison by identity is enough."""


def lower(document: Document, selection: Any, kind: Kind) -> Selection:
    """Lower a selection of the dialect `kind` on the array of `document`."""
    shape = document.shape
    if not is_word(kind, KINDS):
        raise wrong_word("kind", kind, KINDS)
    if kind == "basic":
        return document.derive(_all) if selection is ... else lower_basic(selection, shape)
    match kind:
        case "orthogonal":
            return lower_orthogonal(selection, shape)
        case "coordinate":
            return lower_coordinate(selection, shape)
        case "mask":
            return lower_mask(selection, shape)
        case "block":
            return lower_block(selection, shape, document.derive(_chunk_starts))


def _all(document: Document) -> Selection:
    return lower_basic(..., document.shape)


def _chunk_starts(document: Document) -> list[Sequence[int]]:
    return [axis.starts for axis in document.chunk_grid.axes]
