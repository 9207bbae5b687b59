"""Regions of a selection: each element once, in order, without a list of all."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest

from zarr.crud._selection.basic import lower_basic
from zarr.crud._selection.chunk_grid import ChunkGrid, UniformAxis, VaryingAxis
from zarr.crud._streams.pieces import (
    bounds_of,
    box_of,
    boxes,
    covers_chunks,
    levels_of,
    region_of,
    shown_selection,
    touched,
)
from zarr.errors import BoundsCheckError


def grid_of(shape: tuple[int, ...], chunks: tuple[Any, ...]) -> ChunkGrid:
    axes = tuple(
        UniformAxis(n, c) if isinstance(c, int) else VaryingAxis(n, c)
        for n, c in zip(shape, chunks, strict=True)
    )
    return ChunkGrid(axes, tuple(len(a.starts) for a in axes), tuple(a.largest for a in axes))


def parts(shape: Any, chunks: Any, selection: Any, by: Any, subchunk: Any = None) -> list[Any]:
    levels = levels_of(by, grid_of(shape, chunks), shape, subchunk)
    return list(boxes(bounds_of(selection, shape), levels))


@pytest.mark.parametrize("by", ["chunk", "shard", (2, 4), (1, 1), (9, 9), np.array([3, 5])])
@pytest.mark.parametrize("subchunk", [None, (1, 2), (3, 1)])
@pytest.mark.parametrize("chunks", [(3, 2), ((1, 4, 4), 2), (7, 5)])
@pytest.mark.parametrize("selection", [..., (slice(2, 6), slice(1, 4)), (4, slice(-2, None))])
def test_every_element_is_in_one_region(
    chunks: Any, by: Any, subchunk: Any, selection: Any
) -> None:
    """Catches gaps and overlaps at ragged edges, and parts beyond the selection."""
    if subchunk is not None and chunks != (3, 2):
        # What divides all chunks.
        subchunk = (1, 1)
    seen = np.zeros((7, 5), int)
    for spans in parts((7, 5), chunks, selection, by, subchunk):
        seen[region_of(box_of(spans))] += 1
    expected = np.zeros((7, 5), int)
    expected[selection] = 1
    assert np.array_equal(seen, expected)


def test_the_subchunks_of_a_shard_follow_each_other() -> None:
    """Catches an order in which every shard is opened for each row of subchunks."""
    found = parts((4, 6), (2, 3), ..., "chunk", (1, 3))
    shards = [(rows[0] // 2, columns[0] // 3) for rows, columns in found]
    assert shards == [(0, 0)] * 2 + [(0, 1)] * 2 + [(1, 0)] * 2 + [(1, 1)] * 2


def test_blocks_are_counted_from_the_start_of_the_selection() -> None:
    """Catches blocks that are counted from the start of the array."""
    assert parts((9,), (4,), slice(1, 8), (3,)) == [((1, 4),), ((4, 7),), ((7, 8),)]


@pytest.mark.parametrize(
    ("shape", "chunks", "selection"),
    [((0, 5), (3, 2), ...), ((7, 5), (3, 2), slice(4, 4)), ((7, 0), (3, 2), 2)],
)
@pytest.mark.parametrize("by", ["chunk", "shard", (2, 2)])
def test_nothing_is_no_region(shape: Any, chunks: Any, selection: Any, by: Any) -> None:
    """Catches an empty region, or an endless walk along the other axes."""
    assert parts(shape, chunks, selection, by) == []


def test_rank_0_is_one_region() -> None:
    """Catches the one element that has no axis."""
    assert parts((), (), ..., "chunk") == parts((), (), (), ()) == [()]


def test_a_grid_of_any_size_is_not_listed() -> None:
    """Catches a list of all chunks, or of those along one axis, before the first region."""
    levels = levels_of("chunk", grid_of((2**62, 2**62), (1, 1)), (2**62, 2**62), None)
    first = list(islice(boxes([(0, 2**62)] * 2, levels), 2))
    assert first == [((0, 1), (0, 1)), ((0, 1), (1, 2))]


@pytest.mark.parametrize(
    ("selection", "error"),
    [
        (slice(0, 7, 2), IndexError),
        (slice(5, 1, -1), IndexError),
        ((0, 0, 0), IndexError),
        ([0, 1], IndexError),
        (True, IndexError),
        (None, IndexError),
        (7, BoundsCheckError),
        ("x", IndexError),
    ],
)
def test_other_selections_are_refused(selection: Any, error: type[Exception]) -> None:
    """Catches a step or a list that is read as something else."""
    with pytest.raises(error):
        bounds_of(selection, (7, 5))


@pytest.mark.parametrize(
    ("by", "error"),
    [
        ("chunks", ValueError),
        (None, TypeError),
        (5, TypeError),
        ((3,), ValueError),
        ((3, 0), ValueError),
        ((3, -1), ValueError),
        ((3, True), ValueError),
        ((3, 2.0), ValueError),
        (b"chunk", ValueError),
        ({3, 2}, TypeError),
    ],
)
def test_what_is_no_division_is_refused(by: Any, error: type[Exception]) -> None:
    """Catches a shape of another rank, or an extent that never ends."""
    with pytest.raises(error, match="by is "):
        levels_of(by, grid_of((7, 5), (3, 2)), (7, 5), None)


def test_touched_chunks_are_those_of_the_elements() -> None:
    """Catches a chunk at the end of a region or of negative steps that is left out."""
    axes = grid_of((7, 5), (3, 2)).axes
    selections: list[Any] = [
        (slice(2, 4), slice(1, 3)),
        (6, 4),
        (slice(6, 0, -3), slice(0, 1)),
        ...,
    ]
    for selection in selections:
        rows, columns = np.indices((7, 5))
        chunks = {
            (int(row) // 3, int(column) // 2)
            for row, column in zip(
                np.ravel(rows[selection]), np.ravel(columns[selection]), strict=True
            )
        }
        assert chunks <= set(touched(axes, lower_basic(selection, (7, 5))))
    assert touched(axes, lower_basic((slice(2, 4), 1), (7, 5))) == [(0, 0), (1, 0)]
    assert touched(axes, lower_basic(slice(0, 0), (7, 5))) == []


@pytest.mark.parametrize(
    ("selection", "whole"),
    [
        (..., True),
        ((slice(3, 7), slice(2, 5)), True),
        ((slice(3, 6), slice(0, 2)), True),
        ((slice(3, 5), slice(0, 2)), False),
        ((slice(2, 6), slice(0, 2)), False),
        ((6, slice(0, 2)), True),
        ((5, slice(0, 2)), False),
        ((slice(0, 6, 2), slice(0, 2)), False),
        ((slice(2, None, -1), slice(0, 2)), True),
    ],
)
def test_whole_chunks_are_known(selection: Any, whole: bool) -> None:
    """Catches a part of a chunk that is written at once, before the rest of it is given."""
    axes = grid_of((7, 5), (3, 2)).axes
    assert covers_chunks(axes, lower_basic(selection, (7, 5))) is whole


def test_a_selection_is_shown_as_in_an_index() -> None:
    """Catches a region in an error that cannot be pasted."""
    shape = (7, 5)
    selections: list[Any] = [
        (slice(0, 3), 4),
        (slice(6, None, -2), slice(1, 2)),
        (slice(0, 7, 3), 0),
    ]
    for selection in selections:
        text = shown_selection(lower_basic(selection, shape))
        values = np.arange(35).reshape(shape)
        assert np.array_equal(eval(f"values{text}"), values[selection])
    assert shown_selection(lower_basic((), ())) == "[()]"
