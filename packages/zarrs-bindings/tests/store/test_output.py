"""Files written in many pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bindings.shards import raw_shard, rearranged
from tests.bindings.support import (
    CRC,
    GZIP,
    LITTLE,
    ZSTD,
    document,
    files,
    local,
    ramp,
    sharding,
    upstream,
)


def calls() -> int:
    """Number of write calls that this process has made."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["syscw"])


@pytest.mark.parametrize("rearrange", [False, True])
def test_small_subchunks_are_written_together(tmp_path: Path, *, rearrange: bool) -> None:
    """Catches a system call for each subchunk."""
    ours = local(tmp_path, raw_shard(5000, 1))
    ours.write_all(ramp((5000,)))
    if rearrange:
        rearranged(tmp_path, 4, 0)
    before = calls()
    ours.write(ramp((5000,))[::2] + 1, (0, 2, 2500))
    assert calls() - before < 20
    np.testing.assert_array_equal(ours.read((0, 1, 5)), [2, 2, 4, 4, 6])


@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("codecs", [(), (ZSTD,), (GZIP, CRC)])
def test_pieces_of_all_sizes_make_the_shard_of_upstream(
    tmp_path: Path, codecs: tuple[dict[str, Any], ...], location: str
) -> None:
    """Catches bytes that are lost where a buffer is full, or where it is bypassed."""
    codec = sharding((64, 60), LITTLE, *codecs, location=location)
    text = document((500, 700), (256, 480), "uint16", codecs=(codec,))
    rng = np.random.default_rng(0)
    expected = rng.integers(0, 1000, (500, 700)).astype("u2")
    expected[64:128] = 7
    ours = local(tmp_path / "ours", text)
    ours.write_all(expected)
    theirs = upstream(tmp_path / "theirs", text)
    theirs[...] = expected
    for start, step, count in ((3, 1, 70), (250, 1, 20), (0, 111, 5), (499, 1, 1)):
        value = rng.integers(0, 9, (count, 333)).astype("u2")
        ours.write(value, (start, step, count), (11, 2, 333))
        theirs[start : start + step * count : step, 11:677:2] = value
        expected[start : start + step * count : step, 11:677:2] = value
    np.testing.assert_array_equal(ours.read_all(), expected)
    # Two implementations of gzip produce different bytes.
    if GZIP not in codecs:
        assert files(tmp_path / "ours") == files(tmp_path / "theirs")
