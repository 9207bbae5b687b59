"""Positions grouped by the chunks that hold them."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_array_equal

from zarr.crud._selection.chunk_grid import UniformAxis, VaryingAxis
from zarr.crud._selection.chunk_groups import by_chunk, covers, grouped, numbered


def spelled(places: Any, size: int) -> list[int]:
    found: list[int] = np.arange(size)[places].tolist()
    return found


@given(
    runs=st.lists(st.tuples(st.integers(0, 6), st.integers(1, 12)), max_size=12),
    far=st.sampled_from([1, 1 << 40]),
)
@settings(max_examples=300)
def test_each_number_has_its_places_in_order(runs: list[tuple[int, int]], far: int) -> None:
    """Catches places that are lost or reordered by any way to sort, of runs or one by one."""
    numbers = np.repeat(
        np.array([number for number, _ in runs], np.int64) * far,
        np.array([count for _, count in runs], np.intp),
    )
    found = [(number, spelled(places, numbers.size)) for number, places in grouped(numbers)]
    expected = [(int(n), np.flatnonzero(numbers == n).tolist()) for n in np.unique(numbers)]
    assert found == expected


@pytest.mark.parametrize(
    "axis",
    [UniformAxis(1000, 7), UniformAxis(1000, 1), VaryingAxis(1000, [1, 500, 9, 490])],
    ids=["even", "single", "varying"],
)
@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled", "few", "nearly"])
def test_positions_are_in_the_chunks_that_hold_them(axis: Any, order: str) -> None:
    """Catches a wrong border of chunks, and order that is assumed but not there."""
    random = np.random.default_rng(3)
    positions = random.integers(0, 1000, 2 if order == "few" else 600)
    if order != "shuffled":
        positions = np.sort(positions)[:: -1 if order == "descending" else 1]
    if order == "nearly":
        positions = np.arange(600)[::-1]
    seen = []
    for chunk, places in by_chunk(positions, axis):
        taken = spelled(places, positions.size)
        assert all(axis.chunk_of(int(positions[place])) == chunk for place in taken)
        assert taken == sorted(taken)
        seen += taken
    assert sorted(seen) == list(range(positions.size))
    assert not list(by_chunk(positions[:0], axis))


def test_positions_in_order_are_slices_of_the_list() -> None:
    """Catches copies of lists that need none."""
    groups = list(by_chunk(np.array([0, 1, 1, 9, 20]), UniformAxis(30, 5)))
    assert groups == [(0, slice(0, 3, 1)), (1, slice(3, 4, 1)), (4, slice(4, 5, 1))]


@pytest.mark.parametrize("count", [3, 1 << 40, 1 << 62])
def test_chunks_are_numbered_in_c_order_whatever_the_grid(count: int) -> None:
    """Catches numbers that overflow, so that two chunks have one."""
    random = np.random.default_rng(5)
    chunks = [random.integers(0, 3, 200) * (count // 3) for _ in range(3)]
    numbers = numbered(chunks, (count,) * 3)
    order = np.lexsort(chunks[::-1])
    stacked = np.stack(chunks, axis=1)[order]
    steps = np.diff(numbers[order])
    assert ((steps > 0) == (np.diff(stacked, axis=0) != 0).any(axis=1)).all()
    assert (steps >= 0).all()


def test_only_distinct_positions_cover() -> None:
    """Catches repeated positions that count twice."""
    rows, columns = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 1])
    assert covers((rows, columns), (2, 2))
    assert not covers((rows, columns[::-1] * 0), (2, 2))
    assert not covers((rows[:3], columns[:3]), (2, 2))
    assert covers((rows,), (2,))


def test_points_are_never_sorted_as_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches sorts of whole coordinates, which take a hundred times as long."""
    unique: Any = np.unique

    def plain(*given: Any, **options: Any) -> Any:
        assert options.get("axis") is None
        return unique(*given, **options)

    monkeypatch.setattr(np, "unique", plain)
    huge = 1 << 62
    chunks = [np.array([0, huge - 1, 0]), np.array([huge - 1, 0, 0])]
    assert_array_equal(np.argsort(numbered(chunks, (huge, huge))), [2, 0, 1])
