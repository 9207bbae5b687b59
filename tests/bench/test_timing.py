"""A peer that answers wrongly is not timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import run
from bench.cells import Cell
from bench.engines import CrudReference, CrudZarrs
from bench.timing import WrongResultError, measure
from tests.bench.cases import (
    CELLS,
    WRITES,
    LostWrite,
    StrayWrite,
    WrongAtOnePlace,
    WrongType,
    WrongValue,
)

# What a peer has no way to do.
REFUSALS = {
    "into": {"zarrista", "tensorstore"},
    "rows": {"zarrs-python", "zarrista"},
    "points": {"zarrs-python", "zarrista"},
    "append": {"zarrista"},
}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_peer_passes_its_check_and_is_timed(cell: Cell, tmp_path: Path) -> None:
    """An adapter that names elements, chunks or shards differently from the others."""
    measured = measure(cell, run.EVERYBODY, 1, tmp_path)
    refused = {"floor"} | REFUSALS.get(cell.name, set())
    assert set(measured.seconds) == {peer.name for peer in run.EVERYBODY} - refused
    assert min(measured.seconds.values()) > 0
    assert set(measured.refused) == refused


@pytest.mark.parametrize("liar", [WrongValue, WrongType, WrongAtOnePlace])
def test_wrong_read_is_detected(liar: type[CrudReference], tmp_path: Path) -> None:
    """A fast wrong answer that wins the table."""
    with pytest.raises(WrongResultError, match=r"crud reference reads .* wrongly"):
        measure(CELLS[0], [CrudZarrs, liar], 1, tmp_path)


@pytest.mark.parametrize("liar", [LostWrite, StrayWrite])
@pytest.mark.parametrize("cell", WRITES, ids=lambda cell: cell.name)
def test_wrong_write_is_detected(cell: Cell, liar: type[CrudReference], tmp_path: Path) -> None:
    """A write that does nothing, or that changes what is beside it."""
    with pytest.raises(WrongResultError, match=r"crud reference writes .* wrongly"):
        measure(cell, [liar], 1, tmp_path)
