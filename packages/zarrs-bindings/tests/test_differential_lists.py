"""Random lists and points on random arrays, codecs and stores, against NumPy and upstream."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import _zarrs_bindings as zb
from tests.bindings.drawn import bits, bound, documents, pick, values
from tests.bindings.support import Axis, upstream

if TYPE_CHECKING:
    from tests.bindings.drawn import Draw


def axis_of(draw: Draw, extent: int) -> tuple[Axis, list[int], bool]:
    """An axis of a selection, its positions, and whether the result keeps it."""
    if not extent or draw(st.booleans()):
        axis, chosen = pick(draw, extent)
        found = np.arange(extent)[chosen]
        return axis, np.atleast_1d(found).tolist(), bool(np.ndim(found))
    listed = draw(st.lists(st.integers(0, extent - 1), max_size=12))
    if draw(st.booleans()):
        listed = sorted(listed)
    return np.array(listed, "i8"), listed, True


@pytest.mark.parametrize("kind", ["files", "bridge"])
@settings(max_examples=80, deadline=None)
@given(text=documents(), data=st.data())
def test_lists_agree_with_numpy_and_upstream(text: str, data: st.DataObject, kind: str) -> None:
    """Catches any wrong element, order or neighbour, for any mixture of lists and spans."""
    draw = data.draw
    empty = draw(st.booleans())
    options = zb.Options(write_empty_chunks=empty, concurrency=draw(st.sampled_from([None, 1])))
    with tempfile.TemporaryDirectory() as name:
        theirs = upstream(Path(name), text, "a/b").with_config({"write_empty_chunks": empty})
        expected = np.full(theirs.shape, theirs.fill_value, theirs.dtype)
        for _ in range(2):
            ours = bound(Path(name), text, options, kind)
            drawn = [axis_of(draw, extent) for extent in theirs.shape]
            axes = tuple(axis for axis, _, _ in drawn)
            shape = tuple(len(listed) for _, listed, stays in drawn if stays)
            value = values(draw, expected.dtype, shape)
            ours.write(value, *axes)
            flat = value.reshape([len(listed) for _, listed, _ in drawn])
            for index in np.ndindex(flat.shape):
                place = tuple(listed[i] for i, (_, listed, _) in zip(index, drawn, strict=True))
                expected[place] = flat[index]
            assert bits(theirs[...]) == bits(expected)
            found = expected[np.ix_(*(listed for _, listed, _ in drawn))] if drawn else expected
            got = ours.read(*axes)
            assert got.shape == shape
            assert bits(got) == bits(found)
            out = np.empty(shape[::-1], got.dtype).T
            assert ours.read(*axes, out=out) is out
            assert bits(out) == bits(found)


@pytest.mark.parametrize("kind", ["files", "bridge"])
@settings(max_examples=80, deadline=None)
@given(text=documents(), data=st.data())
def test_points_agree_with_numpy_and_upstream(text: str, data: st.DataObject, kind: str) -> None:
    """Catches any wrong element, order or neighbour, for few points and for many."""
    draw = data.draw
    empty = draw(st.booleans())
    options = zb.Options(write_empty_chunks=empty, concurrency=draw(st.sampled_from([None, 1])))
    with tempfile.TemporaryDirectory() as name:
        theirs = upstream(Path(name), text, "a/b").with_config({"write_empty_chunks": empty})
        expected = np.full(theirs.shape, theirs.fill_value, theirs.dtype)
        for _ in range(2):
            ours = bound(Path(name), text, options, kind)
            shape: tuple[int, ...] = draw(st.sampled_from([(1,), (7,), (3, 4), (300,), (2, 1, 60)]))
            shape = shape if expected.size else (0, *shape)
            seed = draw(st.integers(0, 1 << 30))
            numbers = np.random.default_rng(seed).integers(0, max(expected.size, 1), shape)
            if draw(st.booleans()):
                numbers = np.sort(numbers.reshape(-1)).reshape(shape)
            places: Any = np.unravel_index(numbers, expected.shape) if expected.ndim else ()
            axes = tuple(np.array(axis, "i8").reshape(-1) for axis in places)
            points = zb.Points(axes, shape)
            value = values(draw, expected.dtype, shape)
            ours.write_points(value, points)
            for n, element in zip(numbers.reshape(-1), value.reshape(-1), strict=True):
                expected.reshape(-1)[n] = element
            assert bits(theirs[...]) == bits(expected)
            found = expected.reshape(-1)[numbers]
            assert bits(ours.read_points(points)) == bits(found)
            out = np.empty(shape[::-1], found.dtype).T
            assert ours.read_points(points, out=out) is out
            assert bits(out) == bits(found)
