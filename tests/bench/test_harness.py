"""The benchmark measures what it says, and a peer that answers wrongly is not timed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from bench import arrays, facade, native, peers, run
from bench.cells import Cell, cells
from bench.engines import ArrayZarrs, CrudReference, CrudZarrs
from bench.floor import Floor
from bench.in_memory import IN_MEMORY
from bench.layouts import Layout
from bench.peer import Selection, Values
from bench.report import best_peer, duration
from bench.timing import Measured, WrongResultError, measure

RAGGED = Layout((7, 5), (3, 2), "zstd")
SHARDED = Layout((7, 5), (3, 2), "zstd", shard=(6, 4))
EVERYTHING = (slice(None), slice(None))
BOX = (slice(1, 6), slice(1, 4))

CELLS = [
    Cell("element", "element", RAGGED, ((6, 4), (0, 3))),
    Cell("chunk", "chunk", RAGGED, ((1, 1), (0, 0))),
    Cell("whole", "region", SHARDED, (EVERYTHING,)),
    Cell("box", "region", RAGGED, (BOX,)),
    Cell("plane", "region", RAGGED, ((slice(None), 3),)),
    Cell("again", "again", RAGGED, (EVERYTHING,)),
    Cell("into", "into", RAGGED, (BOX,)),
    Cell("rows", "rows", RAGGED, ((np.array([0, 3, 6]),),)),
    Cell("points", "points", SHARDED, ((np.array([6, 0, 3]), np.array([4, 0, 1])),)),
    Cell("write new", "write new", SHARDED, (EVERYTHING,)),
    Cell("write part", "write part", RAGGED, (BOX,)),
    Cell("append", "append", RAGGED, (EVERYTHING,)),
]
WRITES = [cell for cell in CELLS if cell.writes]

# What a peer has no way to do.
REFUSALS = {
    "into": {"zarrista", "tensorstore"},
    "rows": {"zarrs-python", "zarrista"},
    "points": {"zarrs-python", "zarrista"},
    "append": {"zarrista"},
}


class WrongValue(CrudReference):
    def read_again(self, selection: Selection) -> Any:
        return super().read_again(selection) + np.uint16(1)


class WrongType(CrudReference):
    def read_again(self, selection: Selection) -> Any:
        return super().read_again(selection).astype("i8")


class WrongAtOnePlace(CrudReference):
    def read_again(self, selection: Selection) -> Any:
        found = super().read_again(selection)
        return np.uint16(0) if selection == (0, 3) else found


class LostWrite(CrudReference):
    def write(self, selection: Selection, value: Values) -> None:
        pass


class StrayWrite(CrudReference):
    def write(self, selection: Selection, value: Values) -> None:
        super().write(selection, value)
        super().write((0, 0), np.array(0, "u2"))


@pytest.fixture(autouse=True)
def _others_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other processes have written is not waited for, which takes seconds on a busy disk."""
    monkeypatch.setattr(os, "sync", lambda: None)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_peer_passes_its_check_and_is_timed(cell: Cell, tmp_path: Path) -> None:
    """An adapter that names elements, chunks or shards differently from the others."""
    measured = measure(cell, run.EVERYBODY, 1, tmp_path)
    refused = {"floor"} | REFUSALS.get(cell.name, set())
    assert set(measured.seconds) == {peer.name for peer in run.EVERYBODY} - refused
    assert min(measured.seconds.values()) > 0
    assert set(measured.refused) == refused


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_peer_works_in_memory(cell: Cell, tmp_path: Path) -> None:
    """A store that lacks some of the files, or a write that goes to the folder instead."""
    measured = measure(cell, IN_MEMORY, 1, tmp_path)
    assert set(measured.seconds) == {peer.name for peer in IN_MEMORY}


def test_peers_that_write_in_place_do_not_count() -> None:
    """A ratio against something that promises less."""
    seconds = {"zarrista": 1.0, "zarrs-python": 2.0, "tensorstore": 3.0, "zarr fused": 4.0}
    for cell, best in ((CELLS[0], "zarrista"), (WRITES[0], "tensorstore")):
        assert best_peer(Measured(cell, seconds), run.EVERYBODY) == best


def test_floor_reads_what_is_there(tmp_path: Path) -> None:
    """A floor that reads less than the peers, and looks better for it."""
    whole = Cell("whole", "region", Layout((6, 4), (3, 2), "raw"), (EVERYTHING,))
    assert measure(whole, [Floor], 1, tmp_path).seconds["floor"] > 0


def test_steps_are_refused_by_those_that_have_none(tmp_path: Path) -> None:
    """A peer that is credited with the work of another one that it calls."""
    steps = Cell("steps", "region", RAGGED, ((slice(None, None, 3), slice(1, None, 2)),))
    measured = measure(steps, run.EVERYBODY, 1, tmp_path)
    assert set(measured.refused) == {"floor", "zarrs-python", "zarrista"}


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


def test_inactive_pipeline_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that silently runs upstream's default pipeline."""
    RAGGED.create(tmp_path / "a", filled=True)
    array = zarr.open_array(tmp_path / "a", engine="zarr")
    monkeypatch.setattr(zarr, "open_array", lambda *args, **kwargs: array)
    with pytest.raises(RuntimeError, match=r"BatchedCodecPipeline, not .*FusedCodecPipeline"):
        peers.Fused(tmp_path / "a")


def test_inactive_engine_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zarr without the seams, which takes the keyword and ignores it."""
    RAGGED.create(tmp_path / "a", filled=True)
    array = zarr.open_array(tmp_path / "a", engine="zarr")
    monkeypatch.setattr(zarr, "open_array", lambda *args, **kwargs: array)
    with pytest.raises(RuntimeError, match=r"the engine is 'zarr', not 'zarrs'"):
        ArrayZarrs(tmp_path / "a")


def test_names_of_cells_are_unique() -> None:
    """Two rows of the table that cannot be told apart."""
    for quick in (True, False):
        names = [cell.name for cell in cells(quick=quick)]
        assert len(set(names)) == len(names)


def test_result_is_saved_as_json_and_as_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that shows other figures than the data beside it."""
    # Whatever the figures are.
    monkeypatch.setattr(native, "PAIRS", 1)
    monkeypatch.setattr(facade, "REPEATS", 10)
    monkeypatch.setattr(arrays, "REPEATS", 10)
    file = tmp_path / "result.json"
    arguments = ["--quick", "--rounds", "1", "--cell", "element, 16 KiB raw", "--json", str(file)]
    assert run.main(arguments) == 0
    saved = json.loads(file.read_text())
    layers = {"facade", "arrays", "native"}
    assert set(saved) == {"date", "machine", "load", "versions", "rounds", "cells", *layers}
    cell, in_memory = saved["cells"]
    assert set(in_memory["seconds"]) == {peer.name for peer in IN_MEMORY}
    seconds = cell["seconds"]
    best = min(seconds[peer.name] for peer in peers.PEERS)
    assert seconds[cell["best_peer"]] == best
    assert cell["ratio"] == seconds["crud zarrs"] / best
    page = file.with_suffix(".md").read_text()
    assert f"| {cell['ratio']:.2f} {cell['best_peer']} |" in page
    assert saved["machine"] in page
    assert set(saved["facade"]) >= {"read_chunk", "read_region, two slices"}
    assert set(saved["arrays"]) >= {"arr[...]", "arr[0, 0]", "arr.oindex[list, list]"}
    assert set(saved["native"]) >= {"arr[...]", "arr[0, 0]"}
    for layer in layers:
        for name, taken in saved[layer].items():
            assert f"| `{name}` | {duration(taken)} |" in page


def test_wrong_result_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A benchmark that ends well although a peer was wrong."""
    monkeypatch.setattr(run, "EVERYBODY", (WrongValue,))
    assert run.main(["--quick", "--rounds", "1", "--cell", "element, 16 KiB raw"]) == 1
    assert "FAILED: crud reference reads" in capsys.readouterr().err


def test_unknown_cell_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt cell that measures nothing and ends well."""
    with pytest.raises(SystemExit):
        run.main(["--cell", "chnk"])
    assert "no cell has 'chnk' in its name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (3.14159e-6, "3.14 µs"),
        (0.0009996, "1 ms"),
        (0.0421, "42.1 ms"),
        (0.9999, "1 s"),
    ],
)
def test_durations_have_three_figures(seconds: float | None, text: str) -> None:
    """A table in which 1e+03 stands beside 998."""
    assert duration(seconds) == text
