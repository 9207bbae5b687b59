"""The part of each chunk that a selection takes."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from tests.crud.selection.test_basic import positions
from tests.crud.test_document import document_members
from zarr.crud._document.cache import as_document
from zarr.crud._selection.basic import lower_basic
from zarr.crud._selection.chunk_grid import UniformAxis
from zarr.crud._selection.chunk_parts import axis_parts, chunk_parts
from zarr.crud.testing import basic_selections


@given(data=st.data(), length=st.integers(0, 30), chunk=st.integers(1, 9))
@settings(max_examples=500)
def test_axis_parts_visit_each_selected_position_once(
    data: st.DataObject, length: int, chunk: int
) -> None:
    """Catches mistakes at chunk borders, in long or reversed steps, or in the coverage flag."""
    (axis,) = lower_basic(data.draw(basic_selections((length,))), (length,)).axes
    wanted = positions(axis)
    found: list[Any] = [None] * len(wanted)
    seen = set()
    for part in axis_parts(axis, UniformAxis(length, chunk)):
        assert part.chunk not in seen
        seen.add(part.chunk)
        inside = [part.chunk * chunk + i for i in range(chunk)][part.chunk_slice]
        assert isinstance(part.out, slice)
        assert len(range(len(wanted))[part.out]) == len(inside)
        for at, position in zip(range(len(wanted))[part.out], inside, strict=True):
            found[at] = position
        within = {i for i in range(part.chunk * chunk, (part.chunk + 1) * chunk) if i < length}
        assert part.covered == (sorted(inside) == inside and set(inside) == within)
    assert found == wanted


def test_chunk_parts_of_a_ragged_array_name_each_chunk_once() -> None:
    """Catches a chunk that is named twice or never, or an edge chunk that counts as covered."""
    grid = as_document(document_members()).chunk_grid
    parts = list(chunk_parts(lower_basic(..., (7, 5)), grid))
    assert [part.chunk for part in parts] == list(np.ndindex(3, 3))
    assert all(part.covered for part in parts)
