"""The subchunks of a shard that a call touches, and their numbers."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Axis,
    document,
    done,
    local,
    positions,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path

SHARD, INNER = (4, 6), (2, 2)
CODEC = sharding(INNER, LITTLE, ZSTD)


def index_of(path: Path, count: int) -> list[tuple[int, int]]:
    """Offset and length of each subchunk of a stored shard."""
    entries = struct.unpack(f"<{2 * count}Q", path.read_bytes()[-(16 * count + 4) : -4])
    return list(zip(entries[::2], entries[1::2], strict=True))


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2)])
def test_subchunks_are_numbered_in_c_order(tmp_path: Path, row: int, column: int) -> None:
    """Catches the numbering of a transposed shard, which no other software could read."""
    ours = local(tmp_path, document(SHARD, SHARD, codecs=(CODEC,)))
    ours.write(ramp((1, 1)), (2 * row + 1, 1, 1), (2 * column, 1, 1))
    index = index_of(tmp_path / "c/0/0", 6)
    absent = (2**64 - 1, 2**64 - 1)
    assert [n for n, entry in enumerate(index) if entry != absent] == [3 * row + column]


SELECTIONS: list[tuple[Axis, Axis, Any, int]] = [
    ((0, 1, 7), (0, 1, 5), np.s_[:, :], 4 * 3),
    (6, 4, np.s_[6, 4], 1),
    ((1, 1, 2), (3, 1, 2), np.s_[1:3, 3:5], 4),
    ((0, 6, 2), (0, 4, 2), np.s_[::6, ::4], 4),
    (positions(5, 0, 5), positions(4, 3), np.ix_([5, 0, 5], [4, 3]), 4),
    ((0, 1, 0), 1, np.s_[:0, 1], 0),
]


@pytest.mark.parametrize(("rows", "columns", "place", "touched"), SELECTIONS)
def test_only_touched_subchunks_are_decoded(
    tmp_path: Path, rows: Axis, columns: Axis, place: Any, touched: int
) -> None:
    """Catches decoded subchunks that lie between the wanted ones, and parts of the wrong shard."""
    ours = local(tmp_path, document(chunks=SHARD, codecs=(CODEC,)))
    ours.write_all(ramp((7, 5)))
    work = done(lambda: ours.read(rows, columns))
    assert work["chunks_decoded"] == touched
    np.testing.assert_array_equal(ours.read(rows, columns), ramp((7, 5))[place])


def test_shards_of_unequal_shapes_have_their_own_numbers(tmp_path: Path) -> None:
    """Catches a smaller shard that is numbered by the shape of the largest."""
    shapes = {"kind": "inline", "chunk_shapes": [[2, 4], [6, 2]]}
    grid = {"name": "rectilinear", "configuration": shapes}
    codec = sharding((2, 2), LITTLE)
    ours = local(tmp_path, document((6, 8), chunk_grid=grid, codecs=(codec,)))
    ours.write_all(ramp((6, 8)))
    for place in ((0, 7), (5, 1), (3, 6), (2, 5)):
        assert ours.read(*place) == ramp((6, 8))[place]
    assert index_of(tmp_path / "c/1/1", 2) == [(0, 16), (16, 16)]
