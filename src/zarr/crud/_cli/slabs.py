"""A selection in pieces along its first axis, so that a large one takes little memory."""

from __future__ import annotations

import math
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final

from zarr.crud import read_region
from zarr.crud._cli.failures import UsageError
from zarr.crud._document.lower import lower

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import numpy.typing as npt

    from zarr.crud import Document
    from zarr.crud._cli.places import Place
    from zarr.crud._cli.selections import Selected

MOST: Final = 64 << 20
"""The bytes of a piece, unless a single row of chunks is larger."""


def shape_of(document: Document, selected: Selected) -> tuple[int, ...]:
    """Return the shape of a selection.

    Raises
    ------
    UsageError
        The selection does not fit the array.
    """
    try:
        return lower(document, selected.selection, selected.kind).shape
    except IndexError as err:
        raise UsageError(str(err)) from err


def slabs(
    document: Document, place: Place, selected: Selected, engine: str | None, most: int = MOST
) -> Iterator[npt.NDArray[Any] | np.generic]:
    """Yield the elements of a selection, in pieces that follow each other on the first axis."""
    items = _full(selected.selection, len(document.shape))
    first = next((n for n, item in enumerate(items) if not isinstance(item, int)), None)
    shape = shape_of(document, selected)
    given: Mapping[str, Any] = {"path": place.path, "kind": selected.kind, "engine": engine}
    if first is None or not shape or math.prod(shape) * document.dtype.itemsize <= most:
        yield read_region(document, place.store, tuple(items), **given)
        return
    rows = max(1, most // max(1, math.prod(shape[1:]) * document.dtype.itemsize))
    extent = document.chunk_grid.largest[first]
    if rows > extent:
        rows -= rows % extent
    for piece in _pieces(items[first], document.shape[first], rows):
        yield read_region(
            document, place.store, (*items[:first], piece, *items[first + 1 :]), **given
        )


def _full(selection: Any, rank: int) -> list[Any]:
    """Return one item for each axis."""
    items = list(selection)
    left = rank - sum(not isinstance(item, EllipsisType) for item in items)
    if ... not in items:
        items.append(...)
    at = items.index(...)
    return [*items[:at], *[slice(None)] * left, *items[at + 1 :]]


def _pieces(item: Any, length: int, rows: int) -> Iterator[Any]:
    if isinstance(item, slice):
        positions = range(length)[item]
        for begin in range(0, len(positions), rows):
            part = positions[begin : begin + rows]
            stop = part.stop if part.stop >= 0 else None
            yield slice(part.start, stop, part.step)
    elif all(isinstance(one, int) for one in item):
        for begin in range(0, len(item), rows):
            yield item[begin : begin + rows]
    else:
        for one in item:
            yield from ([piece] for piece in _pieces(one, length, rows))
