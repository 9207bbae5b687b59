"""Lists and ranges of positions on single axes: which elements, how often chunks are touched, and
what is read.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import (
    LITTLE,
    ZSTD,
    AnyAxis,
    Bound,
    Bridge,
    blosc,
    bridged,
    document,
    done,
    local,
    positions,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path


CHAINS = {
    "raw": (LITTLE,),
    "zstd": (LITTLE, ZSTD),
    "transpose": ({"name": "transpose", "configuration": {"order": [1, 0]}}, LITTLE),
    "shard": (sharding((3, 1), LITTLE, ZSTD),),
    "nested": (sharding((6, 2), sharding((3, 1), LITTLE, ZSTD)),),
}
ROWS: list[AnyAxis] = [
    positions(6, 0, 0, 3),
    positions(0, 1, 2, 3, 4, 5, 6),
    positions(2, 2, 2),
    positions(6, 5, 4, 1, 0),
    positions(0, 1, 5, 6),
    positions(4),
    positions(),
    np.arange(7, dtype="i8")[::-2],
    np.frombuffer(b"\0" + np.array([5, 1, 6], "<i8").tobytes(), "<i8", offset=1),
    (positions(5, 0, 2, 1), positions(7, 2, 2, 6)),
    (positions(0, 3), positions(3, 7)),
    (positions(), positions()),
    (np.arange(7, dtype="i8")[::-3], np.full(3, 7)),
    3,
    (5, -2, 3),
]
COLUMNS: list[AnyAxis] = [
    positions(4, 1, 1),
    positions(0, 3),
    (0, 1, 5),
    (4, -3, 2),
    2,
    (positions(3, 0), positions(5, 4)),
]


@pytest.fixture(params=CHAINS)
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Bound:
    chunks = (6, 2) if request.param in ("shard", "nested") else (3, 2)
    bound = local(tmp_path, document(chunks=chunks, codecs=CHAINS[request.param]))
    bound.write_all(ramp((7, 5)))
    return bound


def listed(axis: AnyAxis) -> list[int]:
    if isinstance(axis, int):
        return [axis]
    if isinstance(axis, tuple) and len(axis) == 2:
        return [i for pair in zip(*axis, strict=True) for i in range(*pair)]
    if isinstance(axis, tuple):
        return [axis[0] + axis[1] * i for i in range(axis[2])]
    return axis.tolist()


def shape_of(*axes: AnyAxis) -> tuple[int, ...]:
    return tuple(len(listed(axis)) for axis in axes if not isinstance(axis, int))


@pytest.mark.parametrize(("rows", "columns"), list(product(ROWS, COLUMNS)), ids=repr)
def test_lists_read_what_numpy_reads(ours: Bound, rows: AnyAxis, columns: AnyAxis) -> None:
    """Catches a wrong order, lost duplicates, and wrong mixtures of lists, steps and positions."""
    expected = ramp((7, 5))[np.ix_(listed(rows), listed(columns))].reshape(shape_of(rows, columns))
    np.testing.assert_array_equal(ours.read(rows, columns), expected)
    room = np.zeros((*expected.shape, 3), "i4")[..., ::-2]
    out = room[..., 1].T[::-1] if expected.ndim == 1 else room[..., 1]
    assert ours.read(rows, columns, out=out) is out
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize(("rows", "columns"), list(product(ROWS, COLUMNS)), ids=repr)
def test_the_last_value_for_a_repeated_position_wins(
    ours: Bound, rows: AnyAxis, columns: AnyAxis
) -> None:
    """Catches an order of writes that depends on strides or chunks."""
    expected = ramp((7, 5))
    value = -ramp(shape_of(rows, columns))
    flat = value.reshape(len(listed(rows)), len(listed(columns)))
    for (i, row), (j, column) in product(enumerate(listed(rows)), enumerate(listed(columns))):
        expected[row, column] = flat[i, j]
    ours.write(np.array(value, order="F"), rows, columns)
    np.testing.assert_array_equal(ours.read_all(), expected)


@pytest.mark.parametrize("codecs", [(LITTLE, ZSTD), (sharding((3, 1), LITTLE, ZSTD),)])
def test_each_chunk_is_fetched_and_decoded_once(codecs: tuple[Any, ...]) -> None:
    """Catches bounding boxes, and a request for each run or each position."""
    bridge = Bridge()
    ours = bridged(bridge, document((12, 8), (3, 8), codecs=codecs), coalesce_max_gap=0)
    ours.write_all(ramp((12, 8)))
    work = done(lambda: ours.read(positions(10, 0, 1, 10, 0), positions(7, 2, 7)))
    keys = [key for requests in bridge.asked for key, _, _ in requests]
    assert set(keys) == {"c/0/0", "c/3/0"}
    if "shard" not in str(codecs):
        assert (len(keys), work["chunks_decoded"]) == (2, 2)
    else:
        # The subchunks of columns 2 and 7 of each shard: an index, two ranges, the index again.
        assert [len(requests) for requests in bridge.asked] == [2, 4, 2]
        assert work["chunks_decoded"] == 4


def test_a_list_that_covers_a_chunk_is_written_without_reading_it() -> None:
    """Catches a needless read before a write, and a necessary one that is omitted."""
    bridge = Bridge()
    ours = bridged(bridge, document((7, 4), (3, 4), codecs=(LITTLE, ZSTD)))
    ours.write(ramp((4, 4)), positions(1, 0, 2, 1), (0, 1, 4))
    ours.write(ramp((1, 6)), positions(6), positions(0, 3, 2, 2, 1, 0))
    assert bridge.asked == []
    ours.write(ramp((3, 4)), positions(1, 0, 1), (0, 1, 4))
    assert bridge.asked == [[("c/0/0", None, None)]]
    expected = np.zeros((7, 4), "i4")
    expected[[1, 0, 2, 1]], expected[6] = ramp((4, 4)), [6, 5, 4, 2]
    expected[[1, 0, 1]] = ramp((3, 4))
    np.testing.assert_array_equal(ours.read_all(), expected)


@pytest.mark.parametrize("codecs", [(LITTLE,), (LITTLE, ZSTD), (sharding((75_000,), LITTLE),)])
def test_long_ranges_are_read_and_written_whole(tmp_path: Path, codecs: tuple[Any, ...]) -> None:
    """Catches a range that is cut or moved where it is longer than the extension can count."""
    ours = local(tmp_path, document((400_000,), (150_000,), codecs=codecs))
    ours.write_all(ramp((400_000,)))
    ranges = (positions(1, 140_000, 150_000, 5), positions(149_999, 390_000, 300_000, 5))
    expected = ramp((400_000,))[listed(ranges)]
    work = done(lambda: np.testing.assert_array_equal(ours.read(ranges), expected))
    assert work["chunks_decoded"] == (6 if "shard" in str(codecs) else 3)
    ours.write(-expected, ranges)
    changed = ramp((400_000,))
    changed[listed(ranges)] = -expected
    np.testing.assert_array_equal(ours.read_all(), changed)


@pytest.mark.parametrize("chunk", [(400, 1000), (1000, 400)])
def test_only_the_selected_rows_of_a_large_raw_chunk_are_read(
    tmp_path: Path, chunk: tuple[int, int]
) -> None:
    """Catches whole chunks read for a few rows, and a read for each element."""
    value = ramp((1000, 1000))
    ours = local(tmp_path, document((1000, 1000), chunk))
    ours.write_all(value)
    rows = positions(999, 5, 6, 7, 500, 5)
    work = done(lambda: np.testing.assert_array_equal(ours.read(rows, (0, 1, 1000)), value[rows]))
    assert work["bytes_read"] <= 6 * 4000
    columns = positions(3, 990, 3, 4)
    found = ours.read(rows, columns)
    np.testing.assert_array_equal(found, value[np.ix_(rows, columns)])


@pytest.mark.parametrize("codecs", [(LITTLE,), (LITTLE, blosc()), (LITTLE, ZSTD)])
def test_random_lists_of_a_large_chunk_read_what_numpy_reads(
    tmp_path: Path, codecs: tuple[Any, ...]
) -> None:
    """Catches pieces that are assembled wrongly, at any density."""
    value = ramp((300, 5, 400))
    ours = local(tmp_path, document((300, 5, 400), (300, 5, 399), codecs=codecs))
    ours.write_all(value)
    random = np.random.default_rng(7)
    for rows, columns in product([1, 2, 9, 200], [1, 3, 50, 600]):
        picked = [random.integers(0, 300, rows), np.array([3, 1]), random.integers(0, 400, columns)]
        for axes in (picked, [np.sort(axis) for axis in picked]):
            np.testing.assert_array_equal(ours.read(*axes), value[np.ix_(*axes)])


BAD = [
    *(positions(0, 7), positions(-1), np.zeros((1, 1), "i8"), np.zeros(2, "i4"), np.zeros(2), [1]),
    (positions(0, 3), positions(1, 8)),
    (positions(3), positions(2)),
    (positions(-1), positions(2)),
    (positions(0, 1), positions(1)),
    (0, 1),
]


@pytest.mark.parametrize("rows", BAD, ids=repr)
def test_a_list_that_does_not_fit_is_refused(rows: Any) -> None:
    """Catches positions outside a chunk, and arrays of another shape or type."""
    ours = bridged(Bridge(), document())
    with pytest.raises(RuntimeError, match=r"^bounds: axis 0 of the selection"):
        ours.read(rows, 0)
    with pytest.raises(RuntimeError, match=r"^bounds: axis 0 of the selection"):
        ours.write(ramp((2,)), rows, 0)
