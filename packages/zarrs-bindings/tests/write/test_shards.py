"""Shards that many threads write, or that cannot be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import CRC, LITTLE, ZSTD, Bound, document, files, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path


def failing(root: Path) -> Bound:
    """An array whose first shard has a damaged second subchunk."""
    ours = local(root, document((64,), (32,), codecs=(sharding((4,), LITTLE, CRC),)))
    ours.write_all(ramp((64,)))
    path = root / "c" / "0"
    stored = bytearray(path.read_bytes())
    stored[25] ^= 1
    path.write_bytes(bytes(stored))
    return ours


def test_a_shard_that_cannot_be_changed_stays_and_leaves_nothing(tmp_path: Path) -> None:
    """Catches a shard that is replaced although one of its subchunks failed, and leftovers."""
    ours = failing(tmp_path)
    before = files(tmp_path)
    for selection in ((5, 1, 1), (0, 1, 6), (0, 5, 6)):
        with pytest.raises(RuntimeError, match="decode-failed: the stored value of 'c/0'"):
            ours.write(np.zeros(selection[2], "i4"), selection)
        assert files(tmp_path) == before
    ours.write(np.zeros(4, "i4"), (4, 1, 4))
    np.testing.assert_array_equal(ours.read((0, 1, 10)), [1, 2, 3, 4, 0, 0, 0, 0, 9, 10])


def test_every_thread_has_a_part_in_one_shard(tmp_path: Path) -> None:
    """Catches results that depend on which thread finishes a shard."""
    text = document((40, 40), (40, 40), "uint8", codecs=(sharding((4, 4), LITTLE, ZSTD),))
    expected = np.zeros((40, 40), "u1")
    rng = np.random.default_rng(1)
    ours = [local(tmp_path, text), local(tmp_path, text, concurrency=1)]
    for turn in range(60):
        row, column = rng.integers(0, 30, 2)
        value = rng.integers(0, 3, (10, 10)).astype("u1")
        expected[row : row + 10, column : column + 10] = value
        ours[turn % 2].write(value, (int(row), 1, 10), (int(column), 1, 10))
        np.testing.assert_array_equal(ours[1].read_all(), expected)
    assert zb.counters()["write_region"] >= 60
