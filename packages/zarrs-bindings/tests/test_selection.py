"""Where elements go: steps, dropped axes, empty selections, whole chunks."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bindings.support import Bound, Bridge, bridged, document, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


def test_every_start_step_and_count_reads_what_numpy_reads(ours: Bound) -> None:
    """Catches off-by-one bounds for any step, including negative ones."""
    full = ramp((7, 5))
    for start, step, count in product(range(7), range(-7, 8), range(4)):
        last = start + step * (count - 1)
        if not 0 <= last < 7 or (step == 0 and count > 1):
            continue
        rows = [start + step * i for i in range(count)]
        np.testing.assert_array_equal(
            ours.read((start, step, count), (0, 1, 5)), full[rows], str((start, step, count))
        )


def test_a_position_drops_its_axis(ours: Bound) -> None:
    """Catches an axis that is kept with length one, and a scalar that is not an array."""
    got = ours.read(4, (0, 2, 3))
    assert got.shape == (3,)
    np.testing.assert_array_equal(got, ramp((7, 5))[4, ::2])
    element = ours.read(6, 4)
    assert isinstance(element, np.ndarray)
    assert element.shape == ()
    assert element[()] == 35


def test_an_empty_selection_reads_nothing() -> None:
    """Catches requests for chunks from which no element is taken."""
    bridge = Bridge()
    ours = bridged(bridge, document())
    assert ours.read((0, 1, 0), (0, 1, 5)).shape == (0, 5)
    assert ours.read(3, (4, -1, 0)).shape == (0,)
    ours.write(np.empty((7, 0), "i4"), (0, 1, 7), (5, 1, 0))
    nothing = bridged(bridge, document(shape=(0, 5)))
    assert nothing.read_all().shape == (0, 5)
    assert (bridge.asked, bridge.values) == ([], {})


def test_scalar_arrays_have_one_chunk(tmp_path: Path) -> None:
    """Catches rank 0 that is treated as an empty array."""
    ours = local(tmp_path, document(shape=(), chunks=()))
    assert ours.read() == 0
    ours.write(np.array(7, "i4"))
    assert (tmp_path / "c").read_bytes() == b"\7\0\0\0"
    assert (ours.read().shape, ours.read()[()], ours.read_chunk()[()]) == ((), 7, 7)


def test_an_edge_chunk_keeps_its_nominal_shape(ours: Bound) -> None:
    """Catches chunks that are cropped to the array."""
    shape = tuple(ours.parsed["chunk_grid"]["configuration"]["chunk_shape"])
    index = tuple((n - 1) // extent for n, extent in zip((7, 5), shape, strict=True))
    got = ours.read_chunk(*index)
    assert got.shape == shape
    inside = ramp((7, 5))[6:, 4:]
    np.testing.assert_array_equal(got[:1, :1], inside)
    assert np.count_nonzero(got) == 1
    stored = ramp(shape) + 100
    ours.write_chunk(stored, *index)
    np.testing.assert_array_equal(ours.read_chunk(*index), stored)
    np.testing.assert_array_equal(ours.read(6, 4), stored[0, 0])


@pytest.mark.parametrize("index", [(3, 0), (0, 3), (-1, 0), (0,), (0, 0, 0), (2**64, 0)])
def test_an_index_outside_of_the_grid_is_refused(index: tuple[int, ...]) -> None:
    """Catches access to chunks that the array does not have."""
    with pytest.raises(RuntimeError, match=r"^bounds: chunk index"):
        bridged(Bridge(), document()).read_chunk(*index)
