"""Counts of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import _zarrs_bindings as zb
from tests.bindings.support import document, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


def test_counters_tell_what_was_done(tmp_path: Path) -> None:
    """Catches counters that do not match the operations."""
    before = zb.counters()
    ours = local(tmp_path, document())
    ours.write_all(ramp((7, 5)))
    ours.read_chunk(0, 0)
    ours.read((0, 1, 3), (0, 1, 4))
    after = zb.counters()
    done = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert done == {
        "write_region": 1,
        "read_chunk": 1,
        "read_region": 1,
        "chunks_encoded": 9,
        "chunks_decoded": 3,
        "bytes_written": 9 * 24,
        "bytes_read": 3 * 24,
    }
