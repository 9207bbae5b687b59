"""The part of each chunk that a selection takes."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from tests.crud.selection.test_basic import positions
from tests.crud.test_document import document_members
from zarr.crud._document.cache import as_document
from zarr.crud._selection.basic import lower_basic
from zarr.crud._selection.chunk_grid import ChunkAxis, ChunkGrid, UniformAxis, VaryingAxis
from zarr.crud._selection.chunk_parts import MOST_LISTED, axis_parts, chunk_parts
from zarr.crud._selection.dialects import lower_orthogonal
from zarr.crud.testing import basic_selections

FAR = 2**62


@given(data=st.data(), length=st.integers(0, 30), chunk=st.integers(1, 9))
@settings(max_examples=500)
def test_axis_parts_visit_each_selected_position_once(
    data: st.DataObject, length: int, chunk: int
) -> None:
    """Catches mistakes at chunk borders, in long or reversed steps, or in the coverage flag."""
    (axis,) = lower_basic(data.draw(basic_selections((length,))), (length,)).axes
    extents = data.draw(st.lists(st.integers(1, 9), min_size=length, max_size=length))
    _check_each_is_visited(axis, UniformAxis(length, chunk), range(0, length, chunk))
    _check_each_is_visited(axis, VaryingAxis(length, extents), np.cumsum([0, *extents]))


def _check_each_is_visited(axis: Any, chunks: ChunkAxis, starts: Any) -> None:
    wanted = positions(axis)
    found: list[Any] = [None] * len(wanted)
    seen = set()
    for part in axis_parts(axis, chunks):
        assert part.chunk not in seen
        seen.add(part.chunk)
        start = int(starts[part.chunk])
        all_inside = range(start, start + chunks.size(part.chunk))
        inside = all_inside[part.chunk_slice]
        assert isinstance(part.out, slice)
        assert len(range(len(wanted))[part.out]) == len(inside)
        for at, position in zip(range(len(wanted))[part.out], inside, strict=True):
            found[at] = position
        within = {i for i in all_inside if i < chunks.length}
        assert part.covered == (set(inside) == within)
    assert found == wanted


class Counted(UniformAxis):
    """An axis that counts the chunks that are looked at."""

    def __init__(self, length: int, size: int) -> None:
        super().__init__(length, size)
        self.looked_at = 0

    def size(self, index: int) -> int:
        self.looked_at += 1
        assert self.looked_at < 10**6, "the walk would take years"
        return super().size(index)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("size", [1, 3, 2**40])
def test_a_wide_step_visits_only_the_chunks_that_it_touches(size: int, sign: int) -> None:
    """Catches a walk over all chunks between two positions, and a mistake far from the start."""
    axis = Counted(FAR, size)
    (taken,) = lower_basic(slice(None, None, sign * 2**59), (FAR,)).axes
    parts = list(axis_parts(taken, axis))
    assert axis.looked_at == len(parts) == 8
    found = [part.chunk * size + part.chunk_slice.start for part in parts]
    assert found == sorted(range(FAR)[:: sign * 2**59])


def test_a_wide_step_over_chunks_of_several_extents_visits_only_those_that_it_touches() -> None:
    """Catches a walk along the chunks of a rectilinear grid."""
    looked_at = []

    class CountedAxis(VaryingAxis):
        def size(self, index: int) -> int:
            looked_at.append(index)
            return super().size(index)

    axis = CountedAxis(3 * 10**5, [1, 5] * 10**5)
    (taken,) = lower_basic(slice(7, None, 10**5), (axis.length,)).axes
    assert [part.chunk for part in axis_parts(taken, axis)] == looked_at
    assert looked_at == [axis.chunk_of(at) for at in (7, 10**5 + 7, 2 * 10**5 + 7)]


@pytest.mark.parametrize("whole", [0, 1])
def test_the_first_of_many_chunks_is_known_before_the_others(whole: int) -> None:
    """Catches parts that are all listed before the first: a large write needs its chunks' number
    in memory, and does nothing until then."""
    axes = [Counted(2**31, 1), Counted(2**31, 1)]
    grid = ChunkGrid(tuple(axes), (2**31, 2**31), (1, 1))
    selection: list[Any] = [5, 5]
    selection[whole] = slice(None)
    parts = chunk_parts(lower_basic(tuple(selection), (2**31, 2**31)), grid)
    wanted = [[5, 5], [5, 5], [5, 5]]
    for at, chunk in enumerate(wanted):
        chunk[whole] = at
    assert [list(next(parts).chunk) for _ in wanted] == wanted
    assert sum(axis.looked_at for axis in axes) < 3 * MOST_LISTED


def test_parts_that_are_not_listed_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches parts that are lost, or in another order, on an axis of many chunks."""
    grid = as_document(document_members()).chunk_grid
    selections = [lower_basic((slice(None, None, -2), slice(1, None)), (7, 5)), WITH_LIST]
    listed = [[str(part) for part in chunk_parts(one, grid)] for one in selections]
    monkeypatch.setattr("zarr.crud._selection.chunk_parts.MOST_LISTED", 1)
    assert [[str(part) for part in chunk_parts(one, grid)] for one in selections] == listed


WITH_LIST = lower_orthogonal(([6, 0, 1], slice(None)), (7, 5))


def test_chunk_parts_of_a_ragged_array_name_each_chunk_once() -> None:
    """Catches a chunk that is named twice or never, or an edge chunk that counts as covered."""
    grid = as_document(document_members()).chunk_grid
    parts = list(chunk_parts(lower_basic(..., (7, 5)), grid))
    assert [part.chunk for part in parts] == list(np.ndindex(3, 3))
    assert all(part.covered for part in parts)
