"""The command measures, checks, prints and saves."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bench import run as command
from bench.remote import run
from bench.remote.peers import Ours, Zarr
from tests.bench.remote.cases import READ, WRITE, Counting, WrongValue
from tests.remote.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def started() -> Iterator[Counting]:
        server = Server()
        yield Counting(server)
        server.close()

    monkeypatch.setattr(run, "LatencyServer", started)
    monkeypatch.setattr(run, "PEERS", (Zarr, Ours))
    monkeypatch.setattr(run, "cells", lambda *, quick: iter([READ, WRITE]))
    monkeypatch.setattr(run, "peaks", lambda place, peers: {"ours": 1 << 20})


def test_the_result_is_printed_and_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a page whose figures differ from the data beside it, and a quick run that is not."""
    file = tmp_path / "result.json"
    assert command.main(["--remote", "--quick", "--rounds", "1", "--json", str(file)]) == 0
    saved = json.loads(file.read_text())
    assert [cell["name"] for cell in saved["cells"]] == ["whole", "write"]
    assert list(saved["cells"][0]["taken"]) == ["10 ms", "0 ms"]
    assert list(saved["peak"]) == ["whole"]
    printed = capsys.readouterr()
    assert file.with_suffix(".md").read_text().strip() == printed.out.strip()
    assert "whole: measured in" in printed.err


def test_one_cell_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a name that is not looked at, or matches nothing and succeeds."""
    assert command.main(["--remote", "--quick", "--rounds", "1", "--cell", "rite"]) == 0
    assert "whole" not in capsys.readouterr().out.split("a request |")[1]
    with pytest.raises(SystemExit):
        command.main(["--remote", "--cell", "wrote"])
    assert "no cell has 'wrote' in its name" in capsys.readouterr().err


def test_no_rounds_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a median of nothing."""
    with pytest.raises(SystemExit):
        command.main(["--remote", "--rounds", "0"])
    assert "--rounds is 0; measure in one round or more" in capsys.readouterr().err


def test_a_wrong_result_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a benchmark that succeeds although a peer was wrong."""
    peers: Any = (WrongValue,)
    monkeypatch.setattr(run, "PEERS", peers)
    assert command.main(["--remote", "--quick", "--rounds", "1"]) == 1
    assert "FAILED: ours reads wrongly (whole)" in capsys.readouterr().err
