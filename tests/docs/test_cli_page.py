"""The page on the command line is what the command line does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.cli_session import COMMANDS, DOCTOR, PAGE, made, make, rows, session
from zarr.crud._cli import app, failures
from zarr.crud._cli.main import INTERRUPTED
from zarr.crud._doctor import advice, risks

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the sessions look at."""
    make(tmp_path)
    return tmp_path


def test_the_session_is_what_is_printed(folder: Path) -> None:
    """Catches a stale session; `python -m tests.docs.cli_session` writes it."""
    assert made("begin") == session(folder, COMMANDS), "python -m tests.docs.cli_session"


def test_the_report_has_the_same_rows(folder: Path) -> None:
    """Catches a stale report. The times are those of one machine."""
    shown = session(folder, (DOCTOR,))
    assert rows(made("doctor")) == rows(shown) != []
    assert "DIFFERENT" not in shown
    assert shown.count("\n") <= 40


def test_every_command_is_listed() -> None:
    """Catches a command that the page does not mention."""
    table = TEXT.partition("\n## ")[0]
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert named == [function.__name__ for function, _ in app.COMMANDS]


def test_every_note_is_listed() -> None:
    """Catches a kind of note that the page does not explain."""
    for module, title in ((advice, "faster"), (risks, "risks")):
        source = Path(str(module.__file__)).read_text()
        kinds = set(re.findall(r'Note\(\s*"([\w-]+)"', source))
        rows = TEXT.partition(f"| `{title}` |")[2].partition("\n\n")[0]
        assert set(re.findall(r"^\| `([\w-]+)` \|", rows, re.MULTILINE)) == kinds


def test_every_exit_status_is_listed() -> None:
    """Catches another status than the page says."""
    rows = TEXT.partition("| exit status |")[2].partition("\n\n")[0]
    statuses = {failures.FAILED, failures.USAGE, INTERRUPTED, failures.CLOSED}
    assert set(map(int, re.findall(r"^\| (\d+) \|", rows, re.MULTILINE))) == {0, *statuses}
