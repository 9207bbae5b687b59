"""Several ranges of one axis: compared with NumPy's concatenated slices."""

from __future__ import annotations

import pickle
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import zarr
from zarr import crud
from zarr.crud import Outer, Ranges
from zarr.crud._selection.chunk_grid import UniformAxis, VaryingAxis
from zarr.crud._selection.chunk_parts import axis_parts, first_chunk
from zarr.crud._selection.dialects import lower_orthogonal
from zarr.crud._selection.ranges import MOST_STEPPED, is_ranges, lower_ranges, positions_of
from zarr.crud.testing import CountingStore, assert_same
from zarr.crud.testing._selections import ranges_of
from zarr.errors import BoundsCheckError, NegativeStepError

ENGINES = ("reference", "zarrs")
VALUES = np.arange(35, dtype=">i2").reshape(7, 5)

LISTS: list[Any] = [
    [slice(0, 3), slice(5, 7)],
    [slice(5, None), slice(0, 2), slice(0, 2)],
    [slice(2, 6), slice(3, 5), slice(6, 3)],
    [slice(-2, None), slice(None, None, -3), slice(0, 7, 2)],
    [slice(2, 2), slice(9, 12)],
    [slice(None)],
    Ranges([6, 0, 0], [7, 0, 4]),
    Ranges([], []),
]


def slices_of(ranges: Any) -> list[slice]:
    """The slices that mean the same to NumPy."""
    if isinstance(ranges, Ranges):
        return list(map(slice, ranges.starts.tolist(), ranges.stops.tolist()))
    return list(ranges)


def spelled_out(ranges: Any, length: int) -> Any:
    """The positions, one by one."""
    empty = np.empty(0, np.int64)
    return np.concatenate([empty, *(np.arange(length)[one] for one in slices_of(ranges))])


@given(data=st.data(), length=st.integers(0, 12))
@settings(max_examples=200)
def test_ranges_select_the_concatenation_of_their_slices(data: st.DataObject, length: int) -> None:
    """Catches positions that are lost, merged or reordered, and a wrong count."""
    ranges = data.draw(ranges_of(length))
    axis, count = lower_ranges(ranges, length)
    wanted = spelled_out(ranges, length).tolist()
    assert count == len(wanted)
    if isinstance(axis, Ranges):
        assert (axis.starts < axis.stops).all(), "an empty range is work for nothing"
        assert (axis.starts[1:] != axis.stops[:-1]).all(), "two ranges that are one"
        assert axis.first == wanted[0]
        assert spelled_out(axis, length).tolist() == wanted
    else:
        start, step, number = axis  # type: ignore[misc]
        assert [start + step * i for i in range(number)] == wanted


@given(data=st.data(), length=st.integers(1, 30), chunk=st.integers(1, 9))
@settings(max_examples=200)
def test_the_parts_of_chunks_have_every_position_once(
    data: st.DataObject, length: int, chunk: int
) -> None:
    """Catches a range that ends at a chunk, one that is in two parts, and a wrong coverage."""
    ranges: Any = data.draw(ranges_of(length).filter(lambda drawn: isinstance(drawn, Ranges)))
    extents = data.draw(st.lists(st.integers(1, 9), min_size=length, max_size=length))
    for axis in (UniformAxis(length, chunk), VaryingAxis(length, extents)):
        wanted = spelled_out(ranges, length)
        found, seen = np.full(wanted.size, -1), []
        for part in axis_parts(ranges, axis):
            seen.append(part.chunk)
            start = axis.starts[part.chunk]
            box = np.arange(start, start + axis.size(part.chunk))[part.chunk_slice]
            taken = box if part.pick is None else box[part.pick]
            found[part.out] = taken
            inside = np.arange(start, min(start + axis.size(part.chunk), length))
            assert part.covered == set(taken.tolist()).issuperset(inside.tolist())
        assert found.tolist() == wanted.tolist()
        assert seen == sorted(set(seen))


def test_long_ranges_are_planned_without_their_positions() -> None:
    """Catches a plan that grows with the positions: these have eighty gigabytes."""
    starts = np.arange(10) * 2**40
    lowered = lower_orthogonal(Ranges(starts, starts + 10**9), (2**50,))
    assert isinstance(lowered, Outer)
    assert lowered.shape == (10**10,)
    axis = UniformAxis(2**50, 2**30)
    (taken,) = lowered.axes
    parts = list(axis_parts(taken, axis))
    assert [part.chunk for part in parts] == [2**10 * n for n in range(10)]
    assert all(part.pick is None for part in parts)


def test_ranges_are_immutable_and_have_an_identity() -> None:
    """Catches bounds that change under a running call, and copies that are not equal."""
    given = np.array([3, 1])
    ranges = Ranges(given, [4, 1])
    given[:] = 9
    assert ranges == Ranges(np.array([3, 1], "u1"), [4, 1])
    assert ranges != Ranges([3], [4])
    assert ranges != "ranges"
    assert hash(ranges) == hash(Ranges([3, 1], [4, 1]))
    assert pickle.loads(pickle.dumps(ranges)) == ranges
    with pytest.raises(AttributeError):
        ranges.starts = given  # type: ignore[misc]
    with pytest.raises(ValueError, match="WRITEABLE"):
        ranges.stops.flags.writeable = True
    assert ranges.size == 1
    assert Ranges([0] * 4, [2**62] * 4).size == 2**64


@pytest.mark.parametrize(
    ("starts", "stops", "message"),
    [
        ([0, 1], [2], "2 starts, 1 stops"),
        ([-1], [2], "from -1 to 2"),
        ([3], [2], "from 3 to 2"),
        ([[0]], [[1]], "rank 1, not 2"),
        ([0.0], [1.0], "are integers"),
        (0, 1, "rank 1, not 0"),
        (np.array([2**63], "u8"), np.array([2**63], "u8"), "below 2"),
    ],
)
def test_bounds_that_are_no_ranges_are_refused(starts: Any, stops: Any, message: str) -> None:
    """Catches ranges that would fail, or read something else, in a backend."""
    with pytest.raises(IndexError, match=message):
        Ranges(starts, stops)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("selection", "error", "message"),
    [
        (Ranges([0, 5], [2, 8]), BoundsCheckError, "from 5 to 8 is outside"),
        ([slice(0, 2), 3], IndexError, "no other index"),
        ([3, slice(0, 2)], IndexError, "integers"),
        (np.array([[0, 2], [4, 6]]), IndexError, "rank 1"),
        ([slice(0, 2**60, 2), slice(0, 1)], None, ""),
    ],
)
def test_wrong_ranges_are_refused(
    engine: str, selection: Any, error: type[Exception] | None, message: str
) -> None:
    """Catches pairs of bounds that pass for integers, and ranges outside of the array."""
    array = zarr.create_array({}, data=VALUES, chunks=(3, 2))
    document, store = array.metadata, array.store
    if error is None:
        assert crud.read_region(
            document, store, selection, kind="orthogonal", engine=engine
        ).shape == (5, 5)
        return
    how: Any = {"kind": "orthogonal", "engine": engine}
    with pytest.raises(error, match=message):
        crud.read_region(document, store, selection, **how)
    with pytest.raises(error, match=message):
        crud.write_region(document, store, selection, 1, **how)


def test_many_positions_of_steps_are_refused_before_they_take_memory() -> None:
    """Catches gigabytes for a list of two slices."""
    with pytest.raises(IndexError, match="several calls"):
        lower_ranges([slice(0, 4 * MOST_STEPPED, 2), slice(0, 1)], 2**40)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ranges", LISTS, ids=repr)
@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_an_array_reads_and_writes_ranges_beside_every_other_index(
    engine: str, ranges: Any, shards: Any
) -> None:
    """Catches an axis that is dropped, exchanged or spelled out in `oindex` or in `zarr.crud`."""
    rows = spelled_out(ranges, 7)
    others: list[Any] = [slice(1, 4), [4, 0, 0], 3, [slice(3, 5), slice(0, 2)], np.array([2]), ...]
    for other in others:
        array = zarr.create_array({}, data=VALUES, chunks=(3, 2), shards=shards)
        ours = array.with_engine(engine)
        columns = [3, 4, 0, 1] if is_ranges(other) else other
        expected = VALUES[rows] if other is ... else VALUES[rows][:, columns]
        call: Any = {"kind": "orthogonal", "engine": engine}
        found = crud.read_region(array.metadata, array.store, (ranges, other), **call)
        assert_same(found, expected.astype(array.dtype))
        if any((one.step or 1) < 0 for one in slices_of(ranges)):
            with pytest.raises(NegativeStepError):
                ours.oindex[ranges, other]
        else:
            assert_same(ours.oindex[ranges, other], found)
            assert_same(ours.get_orthogonal_selection((ranges, other)), found)
            new = -1 - np.arange(expected.size).reshape(expected.shape)
            wanted = VALUES.copy()
            index = np.ix_(rows, np.atleast_1d(np.arange(5) if other is ... else np.r_[columns]))
            wanted[index] = new.reshape(wanted[index].shape)
            ours.oindex[ranges, other] = new
            assert_same(ours[...], wanted.astype(array.dtype))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_last_value_for_a_position_of_two_ranges_is_kept(engine: str) -> None:
    """Catches the order of chunks instead of that of the ranges."""
    array = zarr.create_array({}, shape=(7,), chunks=(3,), dtype="i4")
    given = [slice(2, 7), slice(0, 4), slice(3, 5)]
    crud.write_region(
        array.metadata, array.store, given, np.arange(11), kind="orthogonal", engine=engine
    )
    assert array[...].tolist() == [5, 6, 7, 9, 10, 3, 4]  # type: ignore[union-attr]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_chunk_that_ranges_cover_is_not_read_before_it_is_written(engine: str) -> None:
    """Catches a needless read, and a chunk that is fetched once for each range."""
    document = zarr.create_array({}, shape=(7,), chunks=(3,), dtype="i4").metadata
    store = CountingStore()
    how: Any = {"kind": "orthogonal", "engine": engine, "detached": True}
    ranges = [slice(2, 3), slice(6, 7), slice(0, 2)]
    crud.write_region(document, store, ranges, [1, 2, 3, 4], **how)
    assert sorted(store.calls) == [("set", "c/0"), ("set", "c/2")]
    store.calls.clear()
    crud.read_region(document, store, [slice(0, 1), slice(2, 3), slice(1, 2)], **how)
    assert [key for _, key in store.calls] == ["c/0"]


def test_positions_are_spelled_out_in_order() -> None:
    """Catches a wrong sum for empty ranges and for none."""
    assert positions_of(np.array([5, 1, 0]), np.array([2, 0, 3])).tolist() == [5, 6, 0, 1, 2]
    assert positions_of(np.empty(0, np.int64), np.empty(0, np.int64)).tolist() == []


def test_the_first_chunk_is_that_of_the_first_position() -> None:
    """Catches the chunk of an empty range, which may be after the last."""
    array = zarr.create_array({}, shape=(7,), chunks=(3,), dtype="i4")
    grid = crud.read_metadata(array.store).chunk_grid
    assert first_chunk(Outer((Ranges([6, 4, 0], [6, 5, 1]),), (2,)), grid) == (1,)


def test_native_arrays_and_plain_brackets_take_no_ranges() -> None:
    """Catches a list of slices that means something else than in upstream."""
    array = zarr.create_array({}, data=VALUES, chunks=(3, 2))
    both: Any = (array.oindex, array.with_engine("zarrs"))
    for refused in both:
        with pytest.raises(IndexError):
            refused[[slice(0, 1), slice(2, 3)]]
