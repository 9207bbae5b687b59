"""Partial writes of shards: untouched subchunks are copied as they are."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.shards import raw_shard, rearranged
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


# A few large subchunks are copied one by one; many small ones are read together.
@pytest.mark.parametrize(("inner", "count"), [(1 << 17, 9), (1000, 40), (1, 500)])
@pytest.mark.parametrize("gap", [0, 3])
def test_a_shard_in_any_order_is_put_in_order(
    tmp_path: Path, inner: int, count: int, gap: int
) -> None:
    """Catches subchunks that are wrongly treated as adjacent, and gaps that are copied."""
    ours = local(tmp_path, raw_shard(inner * count, inner))
    expected = ramp((inner * count,))
    ours.write_all(expected)
    size = (tmp_path / "c" / "0").stat().st_size
    rearranged(tmp_path, 4 * inner, gap)
    for place in (count // 2, 0, count - 1):
        expected[place * inner] = -place
        ours.write(np.array([-place], "i4"), (place * inner, 1, 1))
        np.testing.assert_array_equal(ours.read_all(), expected)
    stored = (tmp_path / "c" / "0").read_bytes()
    assert len(stored) == size
    assert stored[: expected.nbytes] == expected.tobytes()


def test_untouched_subchunks_are_not_decoded(tmp_path: Path) -> None:
    """Catches subchunks that are encoded again although nothing was written to them."""
    ours = local(tmp_path, document((64,), (64,), codecs=(sharding((4,), LITTLE, ZSTD),)))
    ours.write_all(ramp((64,)))
    path = tmp_path / "c" / "0"
    stored = bytearray(path.read_bytes())
    stored[8] ^= 0xFF
    path.write_bytes(bytes(stored))
    with pytest.raises(RuntimeError, match="decode-failed"):
        ours.read(1)
    counts = done(lambda: ours.write(np.array([5], "i4"), (60, 1, 1)))
    assert (counts["chunks_decoded"], counts["chunks_encoded"]) == (1, 1)
    assert path.read_bytes()[:12] == bytes(stored[:12])
    np.testing.assert_array_equal(ours.read((4, 1, 60)), [*range(5, 61), 5, 62, 63, 64])


def test_a_shard_beyond_the_budget_is_not_copied(tmp_path: Path) -> None:
    """Catches a huge sparse file that is copied to the disk for one element."""
    ours = local(tmp_path, raw_shard(4, 2))
    path = tmp_path / "c" / "0"
    path.parent.mkdir()
    huge = 1 << 39
    with path.open("wb") as file:
        file.seek(huge)
        file.write(struct.pack("<4Q", 0, 8, 8, huge - 8))
    with pytest.raises(RuntimeError, match="budget"):
        ours.write(np.array([1], "i4"), (0, 1, 1))
    assert [name.name for name in path.parent.iterdir()] == ["0"]


SHARDED = (sharding((3, 2), LITTLE, ZSTD),)


def test_untouched_subchunks_stay_as_they_are_stored() -> None:
    """Catches subchunks that are needlessly decoded and encoded again."""
    bridge = Bridge()
    ours = bridged(bridge, document((6, 4), (6, 4), codecs=SHARDED))
    ours.write_all(ramp((6, 4)))
    before = zb.counters()
    ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))
    after = zb.counters()
    done = {name: after[name] - before[name] for name in ("chunks_decoded", "chunks_encoded")}
    assert done == {"chunks_decoded": 1, "chunks_encoded": 1}
