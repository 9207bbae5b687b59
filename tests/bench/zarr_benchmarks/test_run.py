"""The command, with stand-ins for the peers' work."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random

import pytest

from bench.zarr_benchmarks import report, run
from bench.zarr_benchmarks.cells import OURS, PYTHON, SIDES, Cell, Programs
from bench.zarr_benchmarks.processes import Ran

WARM = Cell("raw", "all", 1, cold=False)
ROUND = Cell("raw", "round", 1, cold=False)
PROGRAMS = Programs(Path(sys.executable), None)


def test_every_peer_has_its_turn_in_each_round(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches a peer that is measured seldom, and a mean instead of a median."""
    asked: list[str] = []

    def measure(_: Programs, peer: str, *rest: object) -> Ran | None:
        asked.append(peer)
        count = asked.count(peer)
        return None if peer == "zarrista" else Ran(10.0**count, count, 1)

    monkeypatch.setattr(run, "measure", measure)
    found = run.measured(PROGRAMS, WARM, tmp_path, tmp_path, 3, Random(0))
    assert {asked.count(peer) for peer in PROGRAMS.names()} == {3}
    assert set(found.seconds) == set(PROGRAMS.names()) - {"zarrista"}
    assert set(found.seconds.values()) == {100.0}
    assert set(found.peak.values()) == {3}
    assert found.from_disk


@pytest.mark.parametrize("cell", [WARM, ROUND])
def test_other_elements_end_the_run(
    cell: Cell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches a peer that is fast because it reads or writes something else."""
    written: list[str] = []

    def measure(_: Programs, peer: str, *rest: object) -> Ran:
        written.append(peer)
        return Ran(1.0, 1, 0)

    def digest(_: Programs, peer: str, asked: Cell, array: Path) -> str:
        assert asked.work == "all"
        of = written[-1] if array.name == "target" else peer
        return "other" if of == "tensorstore" else "same"

    monkeypatch.setattr(run, "measure", measure)
    monkeypatch.setattr(run, "digest", digest)
    with pytest.raises(run.DifferentError, match="the peers have other elements"):
        run.verified(PROGRAMS, cell, tmp_path / "array", tmp_path)
    monkeypatch.setattr(run, "digest", lambda *_: "same")
    run.verified(PROGRAMS, cell, tmp_path / "array", tmp_path)


@pytest.mark.slow
def test_the_command_saves_what_it_prints(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a page whose figures are not in the JSON, and a run that leaves its arrays."""
    monkeypatch.setitem(SIDES, "small", 16)
    few = ("engine zarrs", "tensorstore")
    monkeypatch.setattr(Programs, "names", lambda _: few)
    monkeypatch.setattr(report, "versions", lambda _: {"tensorstore": "1"})
    file, folder = tmp_path / "result.json", tmp_path / "folder"
    folder.mkdir()
    arguments = ["--peers", sys.executable, "--size", "small", "--rounds", "1", "--cell"]
    arguments += ["raw, read all, cold", "--folder", str(folder), "--json", str(file)]
    assert run.main(arguments) == 0
    document = json.loads(file.read_text())
    (cell,) = document["cells"]
    assert cell["name"] == "raw, read all, cold"
    assert cell["ratio"] == cell["seconds"]["engine zarrs"] / cell["seconds"]["tensorstore"]
    page = file.with_suffix(".md").read_text()
    assert page in capsys.readouterr().out
    assert f"| {cell['ratio']:.2f} | - |" in page
    assert list(folder.iterdir()) == []


def test_an_unknown_cell_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a misspelled cell that measures nothing and succeeds."""
    assert run.main(["--peers", "python", "--cell", "chnks"]) == 2
    assert "no cell has 'chnks' in its name" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run.main(["--peers", "python", "--rounds", "0"])
    assert set(OURS).isdisjoint(PYTHON)
