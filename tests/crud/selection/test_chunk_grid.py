"""The positions of chunks along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.test_bad_documents import rectilinear, v2_members
from tests.crud.test_document import document_members
from zarr.crud._document.cache import as_document
from zarr.crud._selection.chunk_grid import ChunkAxis, UniformAxis, VaryingAxis, extents_of

AXES: list[tuple[ChunkAxis, list[int]]] = [
    (UniformAxis(7, 3), [3, 3, 3]),
    (UniformAxis(6, 3), [3, 3]),
    (UniformAxis(2, 9), [9]),
    (UniformAxis(0, 3), []),
    (VaryingAxis(7, [1, 4, 2]), [1, 4, 2]),
    (VaryingAxis(7, [4, 4]), [4, 4]),
    (VaryingAxis(7, [3, 4, 2, 5]), [3, 4]),
    (VaryingAxis(0, [3, 2]), []),
    (VaryingAxis(0, []), []),
]


@pytest.mark.parametrize(("axis", "extents"), AXES)
def test_every_position_is_in_one_chunk(axis: ChunkAxis, extents: list[int]) -> None:
    """Catches a border position that counts for the chunk before, or chunks beyond the array."""
    assert [axis.size(index) for index in range(len(axis.starts))] == extents
    ends = np.cumsum(extents, dtype=int)
    assert list(axis.starts) == [end - extent for end, extent in zip(ends, extents, strict=True)]
    owners = np.repeat(np.arange(len(extents)), extents)[: axis.length]
    assert [axis.chunk_of(position) for position in range(axis.length)] == owners.tolist()
    found = axis.chunks_of(np.arange(axis.length)[::-1])
    assert found.tolist() == owners[::-1].tolist()
    assert found.dtype == np.int64


def test_chunks_may_reach_beyond_the_largest_integer() -> None:
    """Catches ends of chunks that overflow, so that positions belong to a wrong chunk."""
    axis = VaryingAxis(2**63 - 1, [5, 2**62, 2**62, 9])
    assert list(axis.starts) == [0, 5, 2**62 + 5]
    positions = [4, 5, 2**62 + 4, 2**62 + 5, 2**63 - 2]
    assert [axis.chunk_of(position) for position in positions] == [0, 1, 1, 2, 2]
    assert axis.chunks_of(np.array(positions)).tolist() == [0, 1, 1, 2, 2]


def test_the_largest_chunk_counts_also_beyond_the_end() -> None:
    """Catches a budget that is checked against a smaller chunk than the one that is allocated."""
    assert VaryingAxis(3, [3, 9]).largest == 9
    assert VaryingAxis(0, []).largest == 0
    assert UniformAxis(2, 9).largest == 9


@pytest.mark.parametrize(
    ("members", "shape", "largest", "last"),
    [
        (document_members(), (3, 3), (3, 2), (3, 2)),
        (v2_members(), (3, 3), (3, 2), (3, 2)),
        (document_members(shape=[7, 0]), (3, 0), (3, 2), None),
        (v2_members(shape=[], chunks=[]), (), (), ()),
        (document_members(chunk_grid=rectilinear([1, 4, 2], [3, 2])), (3, 2), (4, 3), (2, 2)),
        (document_members(chunk_grid=rectilinear([9, 4, 2], 2)), (1, 3), (9, 2), (9, 2)),
    ],
)
def test_a_grid_follows_the_document(
    members: dict[str, Any], shape: Any, largest: Any, last: Any
) -> None:
    """Catches a count that includes chunks beyond the end of the array."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        grid = as_document(members).chunk_grid
    assert grid.shape == shape
    assert grid.largest == largest
    if last is not None:
        assert grid.chunk_shape(tuple(n - 1 for n in shape)) == last


def test_extents_are_one_for_all_chunks_or_one_for_each() -> None:
    """Catches a single extent of a rectilinear axis that is expanded to millions of chunks."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        members = document_members(shape=[7, 10**9], chunk_grid=rectilinear([3, 4], 1))
        found = extents_of(as_document(members).array)
    assert [axis if isinstance(axis, int) else list(axis) for axis in found] == [[3, 4], 1]
