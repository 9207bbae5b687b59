"""Requests for single chunks, as selections of the array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tests.engine.indexers import LAYOUTS, arrays, spec_of
from zarr.crud._document.cache import as_document
from zarr.crud._pipelines.projections import lower_in_chunk, parts_of
from zarr.crud._selection.basic import Points
from zarr.crud.testing import assert_same


@st.composite
def chunk_indices(draw: st.DrawFn) -> tuple[tuple[int, ...], Any]:
    """A chunk shape, and any NumPy index of such an array."""
    shape = draw(npst.array_shapes(min_dims=1, max_dims=3, max_side=5))
    index: Any = draw(
        st.one_of(
            npst.basic_indices(shape, allow_newaxis=False),
            npst.integer_array_indices(shape, dtype=np.dtype("i8")),
            npst.arrays(bool, shape),
            outer_indices(shape),
        )
    )
    return shape, index


def outer_indices(shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """The result of `numpy.ix_` for one list per axis."""
    lists = [st.lists(st.integers(0, length - 1), min_size=1) for length in shape]
    return st.tuples(*lists).map(lambda taken: np.ix_(*taken))


@given(chunk_indices())
def test_an_index_of_a_chunk_means_what_it_means_to_numpy(given_index: Any) -> None:
    """Catches an index whose axes are dropped, broadcast, or reordered."""
    shape, index = given_index
    chunk = np.arange(math.prod(shape)).reshape(shape)
    lowered = lower_in_chunk(index, shape)
    expected = np.asarray(chunk[index])
    if isinstance(lowered, Points):
        found = chunk[lowered.axes].reshape(lowered.shape)
    else:
        lists = [np.atleast_1d(positions(axis)) for axis in lowered.axes]
        found = chunk[np.ix_(*lists)].reshape(lowered.shape)
    assert_same(found, expected)


def positions(axis: Any) -> Any:
    """The positions on one axis of a lowered selection."""
    if isinstance(axis, tuple):
        start, step, count = axis
        return start + step * np.arange(count)
    return axis


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_part_starts_where_its_chunk_does(layout: str) -> None:
    """Catches elements of a neighbor, because chunks have other extents or keys than the first."""
    native, _ = arrays(layout, "zarr")
    document = as_document(native.metadata)
    chunks: Any = LAYOUTS[layout].get("shards", LAYOUTS[layout]["chunks"])
    edges = [[size] * -(-n // size) if isinstance(size, int) else size
             for size, n in zip(chunks, (7, 5), strict=True)]  # fmt: skip
    for index in np.ndindex(*map(len, edges)):
        shape = tuple(axis[at] for axis, at in zip(edges, index, strict=True))
        key = native.store_path / native.metadata.encode_chunk_key(index)
        first = (slice(0, 1), slice(0, 1))
        (part,) = parts_of(document, [(key, spec_of(native, shape), first, ..., False)], "")
        starts = [sum(axis[:at]) for axis, at in zip(edges, index, strict=True)]
        assert part.selection.axes == ((starts[0], 1, 1), (starts[1], 1, 1))
        assert part.document is document
    # The chunk holds elements beyond the last row, unless the chunks fit exactly.
    index = (len(edges[0]) - 1, 0)
    shape = (edges[0][-1], edges[1][0])
    key = native.store_path / native.metadata.encode_chunk_key(index)
    whole = tuple(slice(0, size) for size in shape)
    (part,) = parts_of(document, [(key, spec_of(native, shape), whole, ..., True)], "")
    assert part.document.shape == (sum(edges[0]), 5)


@pytest.mark.parametrize("form", [np.array, list])
def test_points_in_a_large_chunk_take_little_memory(form: Any) -> None:
    """Catches positions that are counted along each axis of a chunk to find a few of them."""
    index = (form([3, -1, 2**39]), form([-(2**10), 0, 7]), 5)
    shape = (2**40, 2**10, 9)
    lowered = lower_in_chunk(index, shape)
    assert isinstance(lowered, Points)
    assert [axis.tolist() for axis in lowered.axes] == [[3, 2**40 - 1, 2**39], [0, 0, 7], [5] * 3]
    assert lowered.shape == (3,)
    for wrong in ((form([2**40]), 0, 0), (0, form([0]), -10)):
        with pytest.raises(IndexError):
            lower_in_chunk(wrong, shape)
