"""The rows of the table."""

from __future__ import annotations

from bench.cells import cells


def test_names_of_cells_are_unique() -> None:
    """Two rows of the table that cannot be told apart."""
    for quick in (True, False):
        names = [cell.name for cell in cells(quick=quick)]
        assert len(set(names)) == len(names)
