"""Many points in no order, which are copied from the box around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bridge,
    bridged,
    document,
    done,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path

BIG = {"name": "bytes", "configuration": {"endian": "big"}}
TURNED = {"name": "transpose", "configuration": {"order": [1, 0]}}
COUNT = 150_000


def disordered(high: int, low: int = 0, count: int = COUNT) -> Any:
    return np.random.default_rng(high).integers(low, high, count)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64", "complex128"])
@pytest.mark.parametrize("codecs", [(LITTLE,), (BIG, ZSTD)], ids=["raw", "big-endian zstd"])
def test_elements_of_every_size_are_copied(
    tmp_path: Path, dtype: str, codecs: tuple[Any, ...]
) -> None:
    """Catches elements of another size, place or byte order, as lists and as points."""
    value = ramp((70_001,)).astype(dtype)
    fill: Any = [0, 0] if dtype == "complex128" else 0
    if dtype == "uint8":
        codecs = ({"name": "bytes"}, *codecs[1:])
    text = document(value.shape, (4_000,), dtype, fill, codecs)
    ours = local(tmp_path, text)
    ours.write_all(value)
    list_ = disordered(70_001)
    expected = value[list_]
    np.testing.assert_array_equal(ours.read(list_), expected)
    np.testing.assert_array_equal(ours.read_points(zb.Points((list_,), (COUNT,))), expected)
    every_other = np.zeros(2 * COUNT, expected.dtype)
    assert ours.read(list_, out=every_other[::-2]) is not None
    np.testing.assert_array_equal(every_other[::-2], expected)
    assert not every_other[::2].any()


CHAINS = {
    "zstd": (LITTLE, ZSTD),
    "turned": (TURNED, LITTLE, ZSTD),
    "shard": (sharding((10, 25), LITTLE, ZSTD),),
    "nested": (sharding((20, 50), sharding((10, 25), LITTLE, ZSTD)),),
}


@pytest.mark.parametrize("codecs", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("where", ["files", "bridge"])
def test_points_of_a_corner_are_read_from_its_chunks(
    tmp_path: Path, codecs: tuple[Any, ...], where: str
) -> None:
    """Catches a box beside the points, a result of other strides, and chunks that are read twice
    or without need.
    """
    value = ramp((330, 470))
    text = document((330, 470), (40, 100), codecs=codecs)
    ours = local(tmp_path, text) if where == "files" else bridged(Bridge(), text)
    ours.write_all(value)
    rows, columns = disordered(330, 85), disordered(470, 210)
    places = zb.Points((rows, columns), (3, COUNT // 3))
    expected = value[rows, columns].reshape(3, -1)
    work = done(lambda: np.testing.assert_array_equal(ours.read_points(places), expected))
    # Rows from 80, columns from 200: seven by three chunks.
    if "sharding" not in codecs[0]["name"]:
        assert work["chunks_decoded"] == 21
    out = np.empty((COUNT // 3, 3), value.dtype).T
    assert ours.read_points(places, out) is out
    np.testing.assert_array_equal(out, expected)


def test_each_subchunk_is_decoded_once_in_both_dialects(tmp_path: Path) -> None:
    """Catches subchunks that are decoded for each group of points."""
    ours = local(tmp_path, document((90_000,), (9_000,), codecs=(sharding((1_000,)),)))
    ours.write_all(ramp((90_000,)))
    list_ = disordered(90_000)
    for read in (
        lambda: ours.read(list_),
        lambda: ours.read_points(zb.Points((list_,), list_.shape)),
    ):
        assert done(read)["chunks_decoded"] == 90


def test_a_chunk_without_points_is_not_missed(tmp_path: Path) -> None:
    """Catches an error for a chunk in the box that no point is in, and none for one that has
    some.
    """
    ours = local(tmp_path, document((90_000,), (9_000,)), missing_chunks="error")
    value = ramp((90_000,))
    ours.write_all(value)
    list_ = disordered(90_000)
    (tmp_path / "c" / "4").unlink()
    with pytest.raises(RuntimeError, match=r"chunk_not_found|c/4"):
        ours.read(list_)
    list_ = list_[list_ // 9_000 != 4]
    list_ = np.concatenate([list_, list_])
    np.testing.assert_array_equal(ours.read(list_), value[list_])
    assert not (tmp_path / "c" / "4").exists()


def test_a_box_above_the_budget_is_not_needed(tmp_path: Path) -> None:
    """Catches an error about memory that the result does not need."""
    text = document((200_000,), (9_000,))
    ours = local(tmp_path, text, decoded_size_budget=4 * COUNT)
    value = ramp((200_000,))
    local(tmp_path, text).write_all(value)
    list_ = disordered(200_000)
    np.testing.assert_array_equal(ours.read(list_), value[list_])


@pytest.mark.parametrize("wrong", [-1, 70_001, -(1 << 63), (1 << 63) - 1])
@pytest.mark.parametrize("at", [0, 77_777, COUNT - 1])
def test_a_position_outside_of_the_array_is_refused(tmp_path: Path, wrong: int, at: int) -> None:
    """Catches memory outside of the box that is read for one of many positions."""
    ours = local(tmp_path, document((70_001,), (4_000,)))
    ours.write_all(ramp((70_001,)))
    list_ = disordered(70_001)
    list_[at] = wrong
    with pytest.raises(RuntimeError, match=r"^bounds: "):
        ours.read(list_)


def test_an_empty_array_has_no_points(tmp_path: Path) -> None:
    """Catches a division by the number of chunks of an empty array."""
    ours = local(tmp_path, document((0,), (4_000,)))
    with pytest.raises(RuntimeError, match=r"^bounds: .*position"):
        ours.read(disordered(70_001))
