"""Reads by an indexer of many slices, as loaders of training data pass it to an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import zarr
from tests.engine.indexers import ENGINES, LAYOUTS, VALUES, Duck, Joined, arrays, ask
from zarr._engine.calls.projected import lowered_projections
from zarr.core.buffer import default_buffer_prototype
from zarr.crud._document.cache import as_document
from zarr.crud._selection.ranges import Ranges
from zarr.crud.testing import AsyncOnlyStore, assert_same

if TYPE_CHECKING:
    pass

ROWS = [(5, 7), (0, 2), (0, 1), (6, 7), (2, 6)]


def calls(array: Any) -> int:
    """The number of calls that an engine has served."""
    return sum(array.engine_info().operations.values())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_many_slices_are_one_call(layout: str, engine: str) -> None:
    """Catches rows in another order, other columns, and a call for each chunk."""
    for others in [(), (slice(1, 4),), (slice(4, 5),)]:
        native, ours = arrays(layout, engine)
        expected = np.concatenate([VALUES[slice(*rows), *others] for rows in ROWS])
        indexer = Joined(native, ROWS, *others)
        assert isinstance(lowered_projections(as_document(ours.metadata), indexer), tuple)
        assert_same(ask(ours, indexer), expected)
        assert_same(ask(native, indexer), expected)
        out = np.full(expected.shape, -1, "i4")
        ask(ours, indexer, out=default_buffer_prototype().nd_buffer(out))
        assert_same(out, expected)
        if engine != "auto" or "zarr" not in ours.engine_info().operations:
            assert calls(ours) == 2


@given(
    rows=st.lists(st.tuples(st.integers(0, 6), st.integers(1, 7)), min_size=1, max_size=6),
    layout=st.sampled_from(list(LAYOUTS)),
)
@settings(max_examples=40, deadline=None)
def test_any_slices_read_what_zarr_reads(rows: list[tuple[int, int]], layout: str) -> None:
    """Catches ranges that are merged, empty or repeated, and read elsewhere than in zarr."""
    native, ours = arrays(layout, "zarrs")
    pairs = [(start, max(start, stop)) for start, stop in rows]
    indexer = Joined(native, pairs)
    expected = np.concatenate([VALUES[slice(*pair)] for pair in pairs])
    assert_same(ask(ours, indexer), expected)


def test_an_asynchronous_store_is_read_by_one_call() -> None:
    """Catches a store that is used in a thread in which it cannot run."""
    native = zarr.create_array(AsyncOnlyStore(), data=VALUES, chunks=(3, 2))
    ours = native.with_engine("zarrs")
    wanted = np.concatenate([VALUES[slice(*pair)] for pair in ROWS])
    assert_same(ask(ours, Joined(native, ROWS)), wanted)
    assert calls(ours) == 1


def test_projections_of_another_form_are_left_to_the_pipeline() -> None:
    """Catches parts that overlap, are missing, have steps or integers, and are read as ranges."""
    native, ours = arrays("format 3", "zarrs")
    document = as_document(ours.metadata)
    all_ = list(Joined(native, ROWS))

    def lowered(shape: tuple[int, ...], projections: Any) -> Any:
        return lowered_projections(document, Duck(shape, projections))

    def changed(number: int, **parts: Any) -> Any:
        return [*all_[:number], all_[number]._replace(**parts), *all_[number + 1 :]]

    rows = sum(stop - start for start, stop in ROWS)
    found = lowered((rows, 5), all_)
    assert found is not None
    assert isinstance(found.axes[0], Ranges)
    assert found.axes[1] == (0, 1, 5)
    wrong = [
        all_[:-1],
        all_[1:],
        [*all_, all_[-1]],
        [],
        changed(0, chunk_selection=(1, slice(0, 2))),
        changed(0, chunk_selection=(slice(0, 2, 2), slice(0, 2))),
        changed(0, chunk_selection=(np.array([0]), slice(0, 2))),
        changed(0, chunk_coords=(9, 0)),
        changed(0, chunk_coords=(-1, 0)),
        changed(1, chunk_coords=all_[0].chunk_coords),
        changed(2, out_selection=(slice(0, 1), slice(0, 2))),
        changed(2, out_selection=(slice(0, 1), slice(3, 4))),
    ]
    for projections in wrong:
        assert lowered((rows, 5), projections) is None
    assert lowered((rows + 1, 5), all_) is None
    assert lowered((rows, 4), all_) is None
    assert lowered((rows,), all_) is None
    assert lowered((0, 5), all_) is None


def test_projections_that_can_be_listed_once_are_not_lost() -> None:
    """Catches an indexer that is exhausted before upstream's path lists it."""
    native, ours = arrays("format 3", "zarrs")

    class Once(Duck):
        def __iter__(self) -> Any:
            return self

        def __next__(self) -> Any:
            if not self.projections:
                raise StopIteration
            return self.projections.pop(0)

    rows = Joined(native, [(0, 2)])
    assert_same(ask(ours, Once((2, 5), list(rows))), VALUES[:2])


def test_fields_are_picked_from_what_is_read() -> None:
    """Catches fields that are ignored."""
    dtype = np.dtype([("a", "<i2"), ("b", "<f8")])
    values = np.array([(n, n / 2) for n in range(7)], dtype)
    native = zarr.create_array({}, data=values, chunks=(3,))
    ours = native.with_engine("zarrs")
    indexer = Joined(native, [(5, 7), (0, 2)])
    assert_same(ask(ours, indexer, fields="b"), np.array([2.5, 3, 0, 0.5]))
    assert_same(ask(ours, indexer), values[[5, 6, 0, 1]])
