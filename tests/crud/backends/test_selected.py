"""Arrays with the shape of a selection, as chunk parts address them."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from tests.crud.test_document import document_members
from zarr.crud import Box, Points
from zarr.crud._document.cache import as_document
from zarr.crud._document.lower import lower
from zarr.crud.backends import as_planned, chunk_parts, whole_chunk
from zarr.crud.testing import selections

VALUES = np.arange(35).reshape(7, 5)
DOCUMENT = as_document(document_members())


@given(data=st.data())
@settings(max_examples=30)
def test_the_parts_of_all_chunks_make_the_whole_selection(data: st.DataObject) -> None:
    """Catches a part at the wrong place in the result, or an element that belongs to no part."""
    starts = [axis.starts for axis in DOCUMENT.chunk_grid.axes]
    drawn = data.draw(selections((7, 5), starts))
    selection = lower(DOCUMENT, drawn.selection, drawn.kind)
    result = np.full(selection.shape, -1)
    target = as_planned(result, selection)
    padded = np.pad(VALUES, ((0, 2), (0, 1)), constant_values=-2)
    for part in chunk_parts(selection, DOCUMENT.chunk_grid):
        i, j = (3 * part.chunk[0], 2 * part.chunk[1])
        box = padded[i : i + 3, j : j + 2][part.chunk_selection]
        target[part.out_selection] = box if part.pick is None else box[part.pick]
    assert np.shares_memory(target, result) or not result.size
    assert result.tolist() == drawn.of(VALUES).tolist()


@pytest.mark.parametrize(
    ("selection", "shape"),
    [
        (Box((2, (0, 1, 3)), (3,)), (1, 3)),
        (Box(((0, 1, 3), 2), (3,)), (3, 1)),
        (Box((2, 2), ()), (1, 1)),
        (Box((), ()), ()),
        (Box(((0, 1, 0), 2), (0,)), (0, 1)),
        (Points((np.zeros(6, int),) * 2, (2, 3)), (6,)),
        (Points((), (1,)), (1,)),
    ],
)
def test_dropped_axes_are_put_back(selection: Any, shape: tuple[int, ...]) -> None:
    """Catches an axis in the wrong place, or a copy instead of a view."""
    array = np.zeros(selection.shape)
    planned = as_planned(array, selection)
    assert planned.shape == shape
    assert np.shares_memory(planned, array) or not array.size


@pytest.mark.parametrize("shape", [(), (3,), (3, 2), (0, 2)])
def test_the_part_of_a_whole_chunk_covers_it(shape: tuple[int, ...]) -> None:
    """Catches a chunk that is read before it is overwritten."""
    index = (1,) * len(shape)
    part = whole_chunk(index, shape)
    assert (part.chunk, part.covered, part.pick) == (index, True, None)
    assert np.zeros(shape)[part.chunk_selection].shape == shape
    assert part.out_selection == part.chunk_selection
