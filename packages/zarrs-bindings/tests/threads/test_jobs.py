"""Work shared by threads, and signals during it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import LITTLE, ZSTD, document, local, ramp, sharding
from tests.interrupts import is_interrupted

if TYPE_CHECKING:
    from pathlib import Path


def missing() -> int:
    """Number of chunks found missing so far."""
    return zb.counters()["chunks_missing"]


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("concurrency", [None, 1])
def test_a_signal_stops_a_long_read(tmp_path: Path, concurrency: int | None, sharded: bool) -> None:
    """Catches a read that cannot be interrupted, or that leaves threads working.

    Shards are read in many batches, each of which is short. The interrupt comes when the first
    chunks have been found missing.
    """
    codecs = (sharding((2, 2)),) if sharded else (LITTLE,)
    text = document((1 << 14, 1 << 14), (4, 4), codecs=codecs)
    long = local(tmp_path / "long", text, concurrency=concurrency)
    short = local(tmp_path / "short", document())
    short.write_all(ramp((7, 5)))
    before = missing()
    assert is_interrupted(lambda: missing() > before, long.read_all)
    assert 0 < missing() - before < 1 << 24
    np.testing.assert_array_equal(short.read_all(), ramp((7, 5)))


@pytest.mark.parametrize("sharded", [False, True])
def test_a_signal_stops_a_long_write(tmp_path: Path, sharded: bool) -> None:
    """Catches a write of many short batches that continues to its end."""
    codecs = (sharding((1,)),) if sharded else (LITTLE,)
    count = 60_000
    long = local(tmp_path, document((2 * count,), (2,), codecs=codecs))
    value = ramp((2 * count,))
    assert is_interrupted((tmp_path / "c/0").exists, lambda: long.write_all(value))
    assert 0 < len(list((tmp_path / "c").iterdir())) < count


def test_many_threads_read_and_write(tmp_path: Path) -> None:
    """Catches deadlocks and mixed-up scratch memory."""
    text = document((64, 60), (8, 60), codecs=(LITTLE, ZSTD))
    ours = local(tmp_path, text)
    ours.write_all(ramp((64, 60)))
    start = threading.Barrier(16)

    def work(number: int) -> None:
        start.wait()
        for i in range(20):
            row = (number * 7 + i) % 64
            ours.write(ramp((64, 60))[row : row + 1], (row, 1, 1), (0, 1, 60))
            np.testing.assert_array_equal(ours.read(row, (0, 1, 60)), ramp((64, 60))[row])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    np.testing.assert_array_equal(ours.read_all(), ramp((64, 60)))
