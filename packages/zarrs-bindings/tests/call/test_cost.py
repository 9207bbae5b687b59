"""Threads and batches of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bindings.support import LITTLE, ZSTD, Bridge, bridged, document, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


def test_concurrency_changes_no_answer(tmp_path: Path) -> None:
    """Catches jobs that are lost or repeated when several threads share them."""
    value = ramp((257, 190), "int64")
    text = document((257, 190), (10, 19), "int64", codecs=(LITTLE, ZSTD))
    for concurrency in (None, 1, 2, 64):
        ours = local(tmp_path / str(concurrency), text, concurrency=concurrency)
        ours.write_all(value)
        np.testing.assert_array_equal(ours.read_all(), value)


@pytest.mark.parametrize(
    ("count", "extent", "batches"),
    [
        (1030, 2, [1024, 6]),
        (5, 24 << 18, [2, 2, 1]),
        (3, 80 << 18, [1, 1, 1]),
    ],
)
def test_a_batch_is_bounded_in_keys_and_in_bytes(
    count: int, extent: int, batches: list[int]
) -> None:
    """Catches one batch for all chunks, which are then in memory at once, or one for each chunk."""
    bridge = Bridge()
    ours = bridged(bridge, document((count * extent,), (extent,)))
    assert not ours.read((0, extent, count)).any()
    assert [len(requests) for requests in bridge.asked] == batches
    bridge.asked.clear()
    ours.write(np.zeros(count, "i4"), (0, extent, count))
    assert [len(requests) for requests in bridge.asked] == batches
