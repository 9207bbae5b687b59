"""The number of threads of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.bindings.support import LITTLE, ZSTD, document, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


def test_concurrency_changes_no_answer(tmp_path: Path) -> None:
    """Catches jobs that are lost or doubled between threads."""
    value = ramp((257, 190), "int64")
    text = document((257, 190), (10, 19), "int64", codecs=(LITTLE, ZSTD))
    for concurrency in (None, 1, 2, 64):
        ours = local(tmp_path / str(concurrency), text, concurrency=concurrency)
        ours.write_all(value)
        np.testing.assert_array_equal(ours.read_all(), value)
