"""Which part of an array is a sample."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crud.doctor.arrays import Array, ragged
from zarr.crud._doctor.sample import chunks_in, of_box, of_selection, sample_of, unit_of, within


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9)), min_size=1, max_size=3),
    st.integers(1, 3000),
)
def test_a_sample_is_whole_units_within_the_bound(axes: list[tuple[int, int]], most: int) -> None:
    """Catches a sample that is too large, empty, cut or beyond the array."""
    shape, chunks = zip(*axes, strict=True)
    array = Array(shape=shape, chunks=chunks, dtype="i2")
    found = sample_of(array.document, array.location, most)
    unit = unit_of(array.document)
    if found is None:
        assert math.prod(unit) * 2 > most
        return
    assert 0 < found.nbytes <= most
    for part, step, length in zip(found.box, unit, shape, strict=True):
        assert 0 <= part.start < part.stop <= length
        assert part.start % step == 0
    assert found.shape == tuple(part.stop - part.start for part in found.box)


def test_a_small_array_is_read_whole() -> None:
    """Catches a sample without the last, cut chunks."""
    found = ragged().sample()
    assert (found.box, found.chunks) == ((slice(0, 7), slice(0, 5)), 9)
    assert len(list(chunks_in(ragged().document, found.box))) == 9


def test_a_stored_chunk_is_looked_for() -> None:
    """Catches a sample of fill values, although data are stored."""
    array = Array(shape=(1000, 10), chunks=(10, 10), dtype="i2")
    array.stored[0:100] = 1
    found = array.sample(10 * 10 * 2)
    assert found.is_stored
    assert np.all(array.stored[found.box] == 1)
    assert not Array(shape=(9,), chunks=(2,), dtype="i2").sample().is_stored


def test_shards_are_read_in_part() -> None:
    """Catches a shard that is larger than the sample, and that nothing is read of."""
    array = ragged(shards=(6, 4))
    found = array.sample(3 * 2 * 8)
    assert found.shape == (3, 2)
    assert sample_of(ragged().document, ragged().location, 3 * 2 * 8 - 1) is None


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_without_elements_there_is_no_sample(shape: tuple[int, ...]) -> None:
    """Catches a division by zero."""
    array = Array(shape=shape, chunks=tuple(max(1, n) for n in shape), dtype="i2")
    assert sample_of(array.document, array.location, 100) is None


def test_rank_0_is_a_sample() -> None:
    """Catches an array without axes."""
    found = Array(data=np.array(7)).sample()
    assert (found.box, found.shape, found.chunks) == ((), (), 1)


@pytest.mark.parametrize(("selection", "box"), [
    (2, (slice(2, 3), slice(0, 5))), ((slice(1, 4), -1), (slice(1, 4), slice(4, 5))),
    (..., (slice(0, 7), slice(0, 5))),
])  # fmt: skip
def test_a_selection_is_a_sample(selection: Any, box: Any) -> None:
    """Catches an integer or a bound that is lost."""
    assert of_selection(ragged().document, selection, 10_000).box == box


def test_a_selection_must_fit() -> None:
    """Catches a sample that is larger than allowed, or another than asked for."""
    document = ragged().document
    with pytest.raises(IndexError, match="steps"):
        of_selection(document, slice(None, None, 2), 10_000)
    for selection, most in ((slice(3, 3), 10_000), (..., 279)):
        with pytest.raises(ValueError, match="max_bytes"):
            of_selection(document, selection, most)


def test_a_slow_store_gets_a_smaller_sample() -> None:
    """Catches a sample that takes minutes to read."""
    array = Array(data=np.zeros((100, 10)), chunks=(1, 10))
    whole = of_box(array.document, (slice(0, 100), slice(0, 10)))
    assert within(array.document, array.location, whole, 1e9) == whole
    assert within(array.document, array.location, whole, 1e-9).shape == (1, 10)
