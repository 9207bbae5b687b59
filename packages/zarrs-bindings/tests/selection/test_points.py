"""Points: single elements by coordinates, of any order, number, shape and memory layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.points import points, some
from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    Request,
    blosc,
    bridged,
    document,
    files,
    local,
    positions,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path


CHAINS = {
    "raw": (LITTLE,),
    "blosc": (LITTLE, blosc()),
    "transpose": ({"name": "transpose", "configuration": {"order": [1, 0]}}, LITTLE, ZSTD),
    "shard": (sharding((3, 1), LITTLE, ZSTD),),
    "raw shard": (sharding((3, 1)),),
    "nested": (sharding((6, 2), sharding((3, 1), LITTLE, ZSTD)),),
}


@pytest.fixture(params=CHAINS)
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Bound:
    chunks = (3, 2) if request.param in ("raw", "blosc", "transpose") else (6, 2)
    bound = local(tmp_path, document(chunks=chunks, codecs=CHAINS[request.param]))
    bound.write_all(ramp((7, 5)))
    return bound


SHAPES: list[tuple[int, ...]] = [(0,), (1,), (3,), (100,), (3, 0), (2, 3, 2), (1, 9, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_points_read_what_numpy_reads(ours: Bound, shape: tuple[int, ...]) -> None:
    """Catches a wrong order, lost duplicates, and results of another shape or other strides."""
    rows, columns = some(len(shape), shape)
    expected = ramp((7, 5))[rows, columns]
    found = ours.read_points(points(rows, columns))
    np.testing.assert_array_equal(found, expected)
    assert found.flags.c_contiguous
    assert found.flags.writeable
    for out in (np.zeros(shape[::-1], "i4").T, np.zeros((*shape, 2), "i4")[::-1, ..., 1]):
        assert ours.read_points(points(rows, columns), out=out) is out
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_the_last_value_for_a_repeated_point_wins(ours: Bound, shape: tuple[int, ...]) -> None:
    """Catches an order of writes other than that of the points."""
    rows, columns = some(3, shape)
    expected = ramp((7, 5))
    value = -ramp(shape)
    for index in np.ndindex(shape):
        expected[rows[index], columns[index]] = value[index]
    ours.write_points(np.asfortranarray(value), points(rows, columns))
    np.testing.assert_array_equal(ours.read_all(), expected)
    ours.write_points(np.broadcast_to(np.array(7, "i4"), shape), points(rows, columns))
    expected[rows, columns] = 7
    np.testing.assert_array_equal(ours.read_all(), expected)


def test_coordinates_may_have_any_strides(ours: Bound) -> None:
    """Catches coordinates that are read as if they were contiguous or aligned."""
    rows, columns = some(5, (20,))
    both = np.stack([rows, columns])
    apart = np.frombuffer(b"\0" + columns.tobytes(), "i8", offset=1)
    for axes in (tuple(np.asfortranarray(both)), (rows[::-1][::-1], apart)):
        np.testing.assert_array_equal(
            ours.read_points(zb.Points(axes, (20,))), ramp((7, 5))[rows, columns]
        )
    one = np.broadcast_to(positions(6), (20,))
    np.testing.assert_array_equal(
        ours.read_points(zb.Points((one, columns), (4, 5))), ramp((7, 5))[6, columns].reshape(4, 5)
    )


def test_scalar_arrays_have_points_too(tmp_path: Path) -> None:
    """Catches a failure for rank 0, whose points have no coordinates."""
    ours = local(tmp_path, document(shape=(), chunks=()))
    ours.write_points(np.array([5, 6, 7], "i4"), zb.Points((), (3,)))
    np.testing.assert_array_equal(ours.read_points(zb.Points((), (2, 2))), [[7, 7], [7, 7]])
    assert ours.read_points(zb.Points((), (0,))).shape == (0,)
    assert ours.read_points(zb.Points((), ())) == 7


def test_missing_chunks_are_filled_point_by_point(tmp_path: Path) -> None:
    """Catches a fill beyond the points of a chunk, and missing chunks that count as stored."""
    for codecs in ((LITTLE,), (sharding((3, 2)),)):
        ours = local(tmp_path, document(chunks=(6, 4), fill=9, codecs=codecs))
        rows, columns = some(1, (50,))
        expected = np.full((7, 5), 9, "i4")
        np.testing.assert_array_equal(ours.read_points(points(rows, columns)), expected[0, 0])
        ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
        expected[0, 0] = 1
        np.testing.assert_array_equal(
            ours.read_points(points(rows, columns)), expected[rows, columns]
        )
        (tmp_path / "c/0/0").unlink()
    assert files(tmp_path) == {}


def test_points_that_cover_a_chunk_are_written_without_reading_it() -> None:
    """Catches a needless read before a write, and one that is omitted because of duplicates."""
    bridge = Bridge()
    ours = bridged(bridge, document((7, 5), (3, 2), codecs=(LITTLE, ZSTD)))
    rows, columns = (axis.reshape(-1) for axis in np.indices((7, 5)))
    order = np.random.default_rng(0).permutation(35)
    ours.write_points(order.astype("i4"), points(rows[order], columns[order]))
    assert bridge.asked == []
    expected = np.zeros((7, 5), "i4")
    expected[rows[order], columns[order]] = order
    np.testing.assert_array_equal(ours.read_all(), expected)
    bridge.asked.clear()
    ours.write_points(ramp((6,)), points(positions(0, 1, 2, 0, 1, 1), positions(0, 0, 0, 1, 1, 0)))
    assert bridge.asked == [[("c/0/0", None, None)]]


BAD: list[tuple[Any, tuple[int, ...]]] = [
    ((positions(0), positions(5)), (1,)),
    ((positions(-1), positions(0)), (1,)),
    ((positions(2**62), positions(-(2**63))), (1,)),
    ((positions(0),), (1,)),
    ((positions(0), positions(0, 1)), (1,)),
    ((positions(0), positions(0)), (2,)),
    ((positions(0), np.zeros(1, "i4")), (1,)),
    ((positions(0), np.zeros((1, 1), "i8")), (1,)),
    ((positions(0), 0), (1,)),
    ((positions(), positions()), (2**40, 2**40)),
]


@pytest.mark.parametrize(("axes", "shape"), BAD, ids=repr)
def test_points_that_do_not_fit_are_refused(axes: Any, shape: tuple[int, ...]) -> None:
    """Catches reads outside the coordinates or the chunks."""
    ours = bridged(Bridge(), document())
    with pytest.raises(RuntimeError, match=r"^bounds: "):
        ours.read_points(zb.Points(axes, shape))
    with pytest.raises(RuntimeError, match=r"^bounds: "):
        ours.write_points(np.zeros((1,), "i4"), zb.Points(axes, shape))


@pytest.mark.parametrize("change", [10**12, -1, 6])
@pytest.mark.parametrize("codecs", [(LITTLE,), (sharding((3, 2)),)])
def test_coordinates_that_change_during_a_call_lead_nowhere(
    change: int, codecs: tuple[Any, ...]
) -> None:
    """Catches memory accessed through coordinates that were checked, and read again."""
    rows, columns = some(4, (40,))
    expected = ramp((7, 5))[rows, columns]

    class Changing(Bridge):
        def get_many(self, requests: list[Request]) -> list[memoryview | None]:
            rows[:] = change
            return super().get_many(requests)

    before, bridge = Bridge(), Changing()
    bridged(before, document(chunks=(6, 4), codecs=codecs)).write_all(ramp((7, 5)))
    bridge.values.update(before.values)
    ours = bridged(bridge, document(chunks=(6, 4), codecs=codecs))
    np.testing.assert_array_equal(ours.read_points(points(rows, columns)), expected)
    assert (rows == change).all()


def test_points_say_what_they_hold() -> None:
    """Catches attributes that the stub promises and the class lacks."""
    axes = (positions(1, 2), positions(3, 4))
    made = zb.Points(axes, (2,))
    assert (made.axes, made.shape) == (axes, (2,))
    with pytest.raises(TypeError, match="Points"):
        bridged(Bridge(), document()).read_points([axes])  # type: ignore[arg-type]
