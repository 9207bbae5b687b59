"""The command measures, checks, prints and saves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench import arrays, facade, native, peers, run
from bench.cells import Cell, Kind
from bench.in_memory import IN_MEMORY
from bench.report import duration
from tests.bench.cases import RAGGED, WrongValue


def test_result_is_saved_as_json_and_as_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a page whose figures differ from the data beside it."""
    # The values of the figures do not matter here.
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
    """Catches a benchmark that succeeds although a peer was wrong."""
    monkeypatch.setattr(run, "EVERYBODY", (WrongValue,))
    assert run.main(["--quick", "--rounds", "1", "--cell", "element, 16 KiB raw"]) == 1
    assert "FAILED: crud reference reads" in capsys.readouterr().err


def test_unknown_cell_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a misspelled cell that measures nothing and succeeds."""
    with pytest.raises(SystemExit):
        run.main(["--cell", "chnk"])
    assert "no cell has 'chnk' in its name" in capsys.readouterr().err


@pytest.mark.parametrize("rounds", ["0", "-1"])
def test_no_rounds_are_an_error(rounds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Catches zero rounds that count as the usual seven, or a median of nothing."""
    with pytest.raises(SystemExit):
        run.main(["--rounds", rounds, "--quick"])
    assert f"--rounds is {rounds}; measure in one round or more" in capsys.readouterr().err


@pytest.mark.parametrize(("kind", "rounds"), [("chunk", 6), ("element", 6), ("region", 2)])
@pytest.mark.parametrize("in_memory", [True, False])
def test_short_calls_have_more_rounds_and_memory_has_peers_of_its_own(
    kind: Kind, rounds: int, in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a row in memory that is measured with the peers for files."""
    asked: list[object] = []
    monkeypatch.setattr(run, "measure", lambda *arguments: asked.append(arguments))
    cell = Cell("one", kind, RAGGED, ((1, 1),), in_memory)
    run.show(cell, 2, tmp_path)
    assert asked == [(cell, IN_MEMORY if in_memory else run.EVERYBODY, rounds, tmp_path)]


FOLDER = Path(run.__file__).parent


FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.py"))


@pytest.mark.parametrize("file", FILES)
def test_the_readme_names_every_file(file: str) -> None:
    """Catches a measurement that nobody can find."""
    table = [line for line in (FOLDER / "README.md").read_text().splitlines() if line[:1] == "|"]
    assert sum(f"`{file}`" in line.split("|")[1] for line in table) == 1


def test_the_help_names_what_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a measurement that only the source code mentions."""
    with pytest.raises(SystemExit):
        run.main(["--help"])
    words = set(re.findall(r"\w+", capsys.readouterr().out))
    parts = {"archive_peers", "peer", "report", "run", "server", "stores", "targets", "timing"}
    assert {Path(file).stem for file in FILES} - parts <= words
