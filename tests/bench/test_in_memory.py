"""Peers with a store in Python do the same work."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cells import Cell
from bench.in_memory import IN_MEMORY
from bench.timing import measure
from tests.bench.cases import CELLS


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_peer_works_in_memory(cell: Cell, tmp_path: Path) -> None:
    """Catches a store that lacks some of the files, or a write that goes to the folder instead."""
    measured = measure(cell, IN_MEMORY, 1, tmp_path)
    assert set(measured.seconds) == {peer.name for peer in IN_MEMORY}
