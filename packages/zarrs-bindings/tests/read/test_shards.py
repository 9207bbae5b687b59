"""Shards read from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bindings.support import (
    LITTLE,
    ZSTD,
    document,
    done,
    files,
    local,
    positions,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path

# More shards than may be open at once.
COUNT = 150
CODEC = sharding((1, 2), LITTLE, ZSTD)
TEXT = document((2 * COUNT, 3), (2, 4), fill=-1, codecs=(CODEC,))


@pytest.mark.parametrize("concurrency", [None, 1])
def test_shards_beyond_those_that_are_open_at_once_are_read(
    tmp_path: Path, concurrency: int | None
) -> None:
    """Catches shards of one batch that are mixed up with those of another, or left out."""
    expected = ramp((2 * COUNT, 3))
    gone = (0, 63, 64, COUNT - 1)
    for shard in gone:
        expected[2 * shard : 2 * shard + 2] = -1
    expected[20, :2] = -1
    ours = local(tmp_path, TEXT, concurrency=concurrency)
    ours.write_all(expected)
    assert len(files(tmp_path)) == COUNT - len(gone)
    work = done(lambda: np.testing.assert_array_equal(ours.read_all(), expected))
    # Absent shards, and the one absent subchunk of another.
    assert work["chunks_missing"] == len(gone) + 1
    assert work["indexes_read"] + work["indexes_reused"] == COUNT - len(gone)
    assert work["chunks_decoded"] == 4 * (COUNT - len(gone)) - 1


def test_only_a_shard_can_be_missing_and_not_a_subchunk(tmp_path: Path) -> None:
    """Catches a subchunk of fill values that is reported as missing."""
    ours = local(tmp_path, TEXT, missing_chunks="error")
    ours.write(ramp((1, 1)), (2, 1, 1), (2, 1, 1))
    assert ours.read(2, (0, 1, 3)).tolist() == [-1, -1, 1]
    with pytest.raises(RuntimeError, match=r"^chunk-not-found: .*c/0/0"):
        ours.read((1, 1, 2), 0)


def test_an_error_names_the_shard_that_is_damaged(tmp_path: Path) -> None:
    """Catches the key of another shard of the batch, and damage that affects other shards."""
    ours = local(tmp_path, TEXT)
    ours.write_all(ramp((2 * COUNT, 3)))
    for damaged, shard in ((b"short", 70), (None, 71)):
        path = tmp_path / f"c/{shard}/0"
        whole = path.read_bytes()
        path.write_bytes(b"\xff" * 8 + whole[8:] if damaged is None else damaged)
        with pytest.raises(RuntimeError, match=rf"^decode-failed: .*'c/{shard}/0'"):
            ours.read(positions(0, 2 * shard, 3), (0, 1, 3))
        path.write_bytes(whole)
    np.testing.assert_array_equal(ours.read_all(), ramp((2 * COUNT, 3)))
