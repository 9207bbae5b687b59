"""The floor reads all of what the peers read."""

from __future__ import annotations

from pathlib import Path

from bench.cells import Cell
from bench.floor import Floor
from bench.layouts import Layout
from bench.timing import measure
from tests.bench.cases import EVERYTHING


def test_floor_reads_what_is_there(tmp_path: Path) -> None:
    """A floor that reads less than the peers, and looks better for it."""
    whole = Cell("whole", "region", Layout((6, 4), (3, 2), "raw"), (EVERYTHING,))
    assert measure(whole, [Floor], 1, tmp_path).seconds["floor"] > 0
