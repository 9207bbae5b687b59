"""Blocks; the oracle is a count of what each block touches."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.crud._repack.blocks import Axis, blocks_of


def touched(axis: Axis, block: int) -> float:
    """How often a chunk of the source is touched by blocks, on average."""
    begins = range(0, axis.length, block)
    first = axis.origin // axis.source
    spans = [
        (
            (axis.origin + b) // axis.source,
            (axis.origin + min(b + block, axis.length) - 1) // axis.source,
        )
        for b in begins
    ]
    last = (axis.origin + axis.length - 1) // axis.source
    return sum(high - low + 1 for low, high in spans) / (last - first + 1)


@given(st.tuples(*[st.integers(1, 40)] * 3), st.integers(1, 12), st.integers(0, 50))
def test_the_number_of_decodings_is_right(extents: Any, times: int, origin: int) -> None:
    """Catches a plan that promises fewer decodings than there are."""
    length, source, target = extents
    for start in (0, origin):
        axis = Axis(length, source, target, start)
        block = min(times * target, axis.full)
        expected = touched(axis, block)
        assert axis.times(block) >= expected - 1e-9
        if not start:
            assert axis.times(block) == pytest.approx(expected)


@given(
    st.lists(st.tuples(*[st.integers(1, 30)] * 3), min_size=1, max_size=3), st.integers(1, 20000)
)
def test_blocks_are_whole_chunks_within_the_bound(axes: Any, most: int) -> None:
    """Catches a block that cuts a chunk of the target, or that takes more memory."""
    axes = [Axis(*axis) for axis in axes]
    found = blocks_of(axes, 4, most)
    if found is None:
        assert math.prod(min(a.target, a.full) for a in axes) * 4 > most
        return
    assert math.prod(found.shape) * 4 <= most
    assert all(n % axis.target == 0 for n, axis in zip(found.shape, axes, strict=True))
    assert found.times >= 1


def test_more_memory_means_fewer_decodings() -> None:
    """Catches blocks that do not use the memory that they may."""
    axes = [Axis(1000, 100, 7), Axis(1000, 7, 100)]
    found = [blocks_of(axes, 1, most) for most in (700, 7000, 70_000, 490_000)]
    times = [each.times for each in found if each is not None]
    assert times == sorted(times, reverse=True)
    assert times[-1] == 1
    assert times[0] > 10


def test_small_blocks_are_widened() -> None:
    """Catches a call for each tiny chunk."""
    found = blocks_of([Axis(1000, 2, 2), Axis(1000, 2, 2)], 8, 1 << 30)
    assert found is not None
    assert found.shape == (1000, 1000)
