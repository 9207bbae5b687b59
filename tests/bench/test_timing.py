"""Every peer is checked, then timed in turns; work that a peer cannot do is reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import run, timing
from bench.cells import Cell
from bench.engines import CrudReference, CrudZarrs
from bench.peer import RefusedError, Selection, Values
from bench.timing import WrongResultError, _read_sample, _write_sample, measure
from tests.bench.cases import (
    BOX,
    CELLS,
    RAGGED,
    WRITES,
    LostWrite,
    StrayWrite,
    WrongAtOnePlace,
    WrongType,
    WrongValue,
)

# The work that each peer cannot do.
REFUSALS = {
    "into": {"zarrista", "tensorstore"},
    "rows": {"zarrs-python", "zarrista"},
    "points": {"zarrs-python", "zarrista"},
    "append": {"zarrista"},
}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_peer_passes_its_check_and_is_timed(cell: Cell, tmp_path: Path) -> None:
    """Catches an adapter that addresses elements, chunks or shards differently from the others."""
    measured = measure(cell, run.EVERYBODY, 1, tmp_path)
    refused = {"floor"} | REFUSALS.get(cell.name, set())
    assert set(measured.seconds) == {peer.name for peer in run.EVERYBODY} - refused
    assert min(measured.seconds.values()) > 0
    assert set(measured.refused) == refused


@pytest.mark.parametrize("liar", [WrongValue, WrongType, WrongAtOnePlace])
def test_wrong_read_is_detected(liar: type[CrudReference], tmp_path: Path) -> None:
    """Catches a fast wrong answer that wins the comparison."""
    with pytest.raises(WrongResultError, match=r"crud reference reads .* wrongly"):
        measure(CELLS[0], [CrudZarrs, liar], 1, tmp_path)


@pytest.mark.parametrize("liar", [LostWrite, StrayWrite])
@pytest.mark.parametrize("cell", WRITES, ids=lambda cell: cell.name)
def test_wrong_write_is_detected(cell: Cell, liar: type[CrudReference], tmp_path: Path) -> None:
    """Catches a write that does nothing, or that changes other elements."""
    with pytest.raises(WrongResultError, match=r"crud reference writes .* wrongly"):
        measure(cell, [liar], 1, tmp_path)


class Refuses(CrudReference):
    def read_again(self, selection: Selection) -> Any:
        raise RefusedError("it has no time")


class Breaks(CrudReference):
    def read_again(self, selection: Selection) -> Any:
        raise OSError("the disk is gone")


def test_a_peer_that_refuses_is_reported_and_one_that_breaks_ends_the_run(tmp_path: Path) -> None:
    """Catches a defect of a peer that is reported as work that it cannot do, or not at all."""
    measured = measure(CELLS[0], [CrudZarrs, Refuses], 1, tmp_path)
    assert measured.refused == {"crud reference": "it has no time"}
    assert list(measured.seconds) == ["crud zarrs"]
    with pytest.raises(OSError, match="the disk is gone"):
        measure(CELLS[0], [CrudZarrs, Breaks], 1, tmp_path)


def test_the_figures_are_medians_of_rounds_in_which_each_has_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a mean, which one slow round changes, or the codec library among the peers."""
    scripts = {"crud reference": [1, 2, 64], "crud zarrs": [8, 3, 3], "codec alone": [5, 5, 9]}
    turns: list[str] = []

    def sample(name: str) -> Callable[[], float]:
        rest = iter(scripts[name])

        def timed() -> float:
            turns.append(name)
            return next(rest)

        return timed

    monkeypatch.setattr(timing, "_read_sample", lambda _, peer: sample(peer.name))
    monkeypatch.setattr(timing, "codec_sample", lambda _: sample("codec alone"))
    measured = measure(CELLS[0], [CrudReference, CrudZarrs], 3, tmp_path)
    assert measured.seconds == {"crud reference": 2, "crud zarrs": 3}
    assert measured.codec == 5
    assert [set(turns[at : at + 3]) for at in (0, 3, 6)] == [set(scripts)] * 3
    assert len({tuple(turns[at : at + 3]) for at in (0, 3, 6)}) > 1


class Clocked(CrudReference):
    """A peer that takes a given time, by its own clock."""

    clock, taken = 0.0, 0.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.places: list[Any] = []
        self.values: list[Values] = []

    def read_again(self, selection: Selection) -> Any:
        self.places.append(selection)
        Clocked.clock += Clocked.taken
        return super().read_again(selection)

    def write(self, selection: Selection, value: Values) -> None:
        self.values.append(value)
        Clocked.clock += Clocked.taken
        super().write(selection, value)


@pytest.mark.parametrize(("taken", "calls"), [(0.00048, 4), (0.5, 1), (1e-6, 100)])
def test_short_reads_are_repeated_at_all_places_and_averaged(
    taken: float, calls: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches the time of a hundred reads shown as that of one, or a place that is read more than
    others.
    """
    monkeypatch.setattr(Clocked, "taken", taken)
    monkeypatch.setattr(Clocked, "clock", 0.0)
    monkeypatch.setattr(timing, "perf_counter", lambda: Clocked.clock)
    RAGGED.create(tmp_path / "a", filled=True)
    peer: Any = Clocked(tmp_path / "a")
    sample = _read_sample(CELLS[0], peer)
    peer.places.clear()
    assert sample() == pytest.approx(taken)
    places = CELLS[0].places
    assert peer.places == [places[at % 2] for at in range(calls)]


def test_every_write_changes_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a second write of the same values, which a peer may skip."""
    made: list[Clocked] = []

    class Kept(Clocked):
        def __init__(self, folder: Path) -> None:
            super().__init__(folder)
            made.append(self)

    monkeypatch.setattr(Clocked, "taken", 0.25)
    monkeypatch.setattr(Clocked, "clock", 0.0)
    monkeypatch.setattr(timing, "perf_counter", lambda: Clocked.clock)
    RAGGED.create(tmp_path / "a", filled=True)
    cell = Cell("part", "write part", RAGGED, (BOX,))
    sample = _write_sample(cell, Kept, tmp_path / "a", tmp_path / "b")
    assert [sample(), sample()] == [0.25, 0.25]
    (peer,) = made
    first, second, third = peer.values
    assert np.all(first != RAGGED.data()[BOX])
    assert np.all(second != first)
    np.testing.assert_array_equal(third, first)


@pytest.mark.parametrize("kind", ["write new", "append"])
def test_a_new_array_is_new_for_each_write(kind: Any, tmp_path: Path) -> None:
    """Catches a row "write new" that replaces files after its first round, or an append that gets
    longer.
    """
    cell = next(cell for cell in WRITES if cell.kind == kind)
    cell.layout.create(tmp_path / "a", filled=kind == "append")
    before = sorted(path.name for path in (tmp_path / "a").rglob("*"))
    found: list[list[str]] = []

    class Looks(CrudReference):
        def __init__(self, folder: Path) -> None:
            super().__init__(folder)
            found.append(sorted(path.name for path in folder.rglob("*")))

    sample = _write_sample(cell, Looks, tmp_path / "a", tmp_path / "b")
    sample()
    assert found[1:] == [before] * 2
