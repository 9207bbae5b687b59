"""Which elements go where: steps, dropped axes, empty selections, strides of every kind."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from tests.zarrs.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    bridged,
    document,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path

CHAINS = {"raw": (LITTLE,), "zstd": (LITTLE, ZSTD), "shard": (sharding((3, 1), LITTLE, ZSTD),)}


@pytest.fixture(params=CHAINS)
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Bound:
    chunks = (6, 2) if request.param == "shard" else (3, 2)
    bound = local(tmp_path, document(chunks=chunks, codecs=CHAINS[request.param]))
    bound.write_all(ramp((7, 5)))
    return bound


def test_every_start_step_and_count_reads_what_numpy_reads(ours: Bound) -> None:
    """Catches off-by-one bounds of any step, also backwards."""
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
    """Catches an axis that is kept with length one, and a scalar that is no array."""
    got = ours.read(4, (0, 2, 3))
    assert got.shape == (3,)
    np.testing.assert_array_equal(got, ramp((7, 5))[4, ::2])
    element = ours.read(6, 4)
    assert isinstance(element, np.ndarray)
    assert element.shape == ()
    assert element[()] == 35


def test_an_empty_selection_reads_nothing() -> None:
    """Catches requests for chunks that no element is taken from."""
    bridge = Bridge()
    ours = bridged(bridge, document())
    assert ours.read((0, 1, 0), (0, 1, 5)).shape == (0, 5)
    assert ours.read(3, (4, -1, 0)).shape == (0,)
    ours.write(np.empty((7, 0), "i4"), (0, 1, 7), (5, 1, 0))
    nothing = bridged(bridge, document(shape=(0, 5)))
    assert nothing.read_all().shape == (0, 5)
    assert (bridge.asked, bridge.values) == ([], {})


def test_scalar_arrays_have_one_chunk(tmp_path: Path) -> None:
    """Catches a rank of zero that is taken for nothing."""
    ours = local(tmp_path, document(shape=(), chunks=()))
    assert ours.read() == 0
    ours.write(np.array(7, "i4"))
    assert (tmp_path / "c").read_bytes() == b"\7\0\0\0"
    assert (ours.read().shape, ours.read()[()], ours.read_chunk()[()]) == ((), 7, 7)


def test_results_are_owned_writable_and_contiguous(ours: Bound) -> None:
    """Catches results that alias a cache, or that the caller cannot change."""
    got = ours.read((1, 2, 3), (4, -1, 5))
    assert got.flags.owndata
    assert got.flags.writeable
    assert got.flags.c_contiguous
    got[...] = 0
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))


@pytest.mark.parametrize("size", [512, 1 << 13, 1 << 20])
def test_large_results_are_aligned_and_live_as_long_as_their_views(
    tmp_path: Path, size: int
) -> None:
    """Catches memory that is freed under a view, or never."""
    ours = local(tmp_path, document((size,), (1000,)))
    ours.write_all(ramp((size,)))
    views = [ours.read_all()[1::2] for _ in range(10)]
    for view in views:
        assert (view.ctypes.data - view.itemsize) % 64 == 0
        np.testing.assert_array_equal(view, ramp((size,))[1::2])
        view[...] = 0
    np.testing.assert_array_equal(ours.read_all(), ramp((size,)))


def layouts(shape: tuple[int, ...]) -> list[Any]:
    """Arrays of a shape with every kind of strides, all zero."""
    rows, columns = shape
    return [
        np.zeros(shape, "i4"),
        np.zeros(shape, "i4", "F"),
        np.zeros((rows * 2, columns * 3), "i4")[::2, ::3],
        np.zeros(shape, "i4")[::-1, ::-1],
        np.zeros((columns, rows), "i4").T[::-1],
        np.zeros(rows * columns * 4 + 1, "u1")[1:].view("i4").reshape(shape),
    ]


def test_out_may_have_any_strides(ours: Bound) -> None:
    """Catches an `out` that is filled as if it were contiguous or aligned."""
    for out in layouts((4, 5)):
        assert ours.read((6, -2, 4), (0, 1, 5), out=out) is out
        np.testing.assert_array_equal(out, ramp((7, 5))[::-2], str(out.strides))
    for out in layouts((7, 5)):
        np.testing.assert_array_equal(ours.read((0, 1, 7), (0, 1, 5), out=out), ramp((7, 5)))


def test_value_may_have_any_strides(ours: Bound) -> None:
    """Catches a value that is read as if it were contiguous: views and broadcasts too."""
    for value in layouts((7, 5)):
        value[...] = ramp((7, 5))[::-1]
        ours.write_all(value)
        np.testing.assert_array_equal(ours.read_all(), value)
    row = np.broadcast_to(np.arange(5, dtype="i4"), (7, 5))
    ours.write_all(row)
    np.testing.assert_array_equal(ours.read_all(), row)
    ours.write(as_strided(np.array(9, "i4"), (3, 2), (0, 0)), (1, 2, 3), (4, -3, 2))
    expected = row.copy()
    expected[1:6:2, 4::-3] = 9
    np.testing.assert_array_equal(ours.read_all(), expected)


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


def test_concurrency_changes_no_answer(tmp_path: Path) -> None:
    """Catches jobs that are lost or doubled between threads."""
    value = ramp((257, 190), "int64")
    text = document((257, 190), (10, 19), "int64", codecs=(LITTLE, ZSTD))
    for concurrency in (None, 1, 2, 64):
        ours = local(tmp_path / str(concurrency), text, concurrency=concurrency)
        ours.write_all(value)
        np.testing.assert_array_equal(ours.read_all(), value)
