"""The process of a peer, with ours in each of its modes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

import zarr
from bench.zarr2.run import CASES, PEERS, Worker

if TYPE_CHECKING:
    from pathlib import Path


def test_all_modes_read_the_same_in_every_case(tmp_path: Path) -> None:
    """Catches a case that no longer runs, or that a mode understands differently."""
    values = np.arange(200 * 20 * 4, dtype="f4").reshape(200, 20, 1, 4)
    zarr.create_array(tmp_path / "w", data=values, chunks=(1, 20, 1, 4), zarr_format=2)
    digests = []
    for mode in sorted(set(PEERS) - {"zarr2"}):
        worker = Worker.started(sys.executable, mode, tmp_path / "w")
        answers = [worker.ask(case).split() for case in CASES]
        worker.end()
        assert all(float(seconds) > 0 for seconds, _ in answers)
        digests.append([digest for _, digest in answers])
    assert digests[0] == digests[1] == digests[2]
    assert len(set(digests[0])) == len(CASES)
