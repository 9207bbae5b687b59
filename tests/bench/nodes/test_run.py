"""The command measures, prints and saves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench import run as command
from bench.nodes import run
from bench.timing import WrongResultError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_result_is_printed_and_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a page whose figures differ from the data beside it."""
    file = tmp_path / "result.json"
    arguments = ["--nodes", "--rounds", "1", "--cell", "open_group", "--json", str(file)]
    assert command.main(arguments) == 0
    saved = json.loads(file.read_text())
    assert [row["name"] for row in saved["rows"]] == ["open_group"]
    assert file.with_suffix(".md").read_text().strip() == capsys.readouterr().out.strip()


def test_results_that_differ_fail_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a benchmark that succeeds although a contender was wrong."""

    def wrong(*_: object) -> None:
        raise WrongResultError("open: zarr has 1, and not 2")

    monkeypatch.setattr(run, "measure", wrong)
    assert command.main(["--nodes", "--rounds", "1"]) == 1
    assert "FAILED: open" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--cell", "opne"], "no row has 'opne'"), (["--rounds", "0"], "--rounds is 0")],
)
def test_what_measures_nothing_is_an_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a misspelled row, or zero rounds, that succeed."""
    with pytest.raises(SystemExit):
        command.main(["--nodes", *arguments])
    assert message in capsys.readouterr().err
