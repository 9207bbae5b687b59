"""Locks on keys, among threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    bridged,
    document,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path


def disjoint(ours: Bound, size: int) -> None:
    """Writes every element of a chunk from one of eight threads."""
    start = threading.Barrier(8)

    def some(first: int) -> None:
        start.wait()
        for at in range(first, size, 8):
            ours.write(np.array([at + 1], "i4"), (at, 1, 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(some, range(8)))


@pytest.mark.parametrize("codecs", [(LITTLE, ZSTD), (sharding((8,), LITTLE, ZSTD),)])
@pytest.mark.parametrize("kind", ["files", "bridge"])
def test_threads_that_share_a_chunk_lose_no_element(
    tmp_path: Path, codecs: tuple[Any, ...], kind: str
) -> None:
    """Catches read-modify-write without a lock."""
    text = document((240,), (240,), codecs=codecs)
    ours = local(tmp_path, text) if kind == "files" else bridged(Bridge(), text)
    disjoint(ours, 240)
    np.testing.assert_array_equal(ours.read_all(), ramp((240,)))
