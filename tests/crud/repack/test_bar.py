"""What shows the progress."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from zarr import crud
from zarr.crud._repack.bar import counting

if TYPE_CHECKING:
    from zarr.crud._repack.report import Progress


def test_a_function_is_told_of_each_piece() -> None:
    """Catches pieces that are counted twice or not at all."""
    seen: list[Progress] = []
    with counting(3, seen.append) as count:
        count.add("a", 1, 10)
        count.add("b", 2, 5)
    assert [(each.array, each.done, each.total, each.nbytes) for each in seen] == [
        ("a", 1, 3, 10),
        ("b", 3, 3, 15),
    ]
    assert seen[-1].remaining == 0


def test_a_bar_is_drawn_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches the control characters of a bar in a log file."""
    with counting(2, True) as count:
        count.add("a", 2, 10)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with counting(2, True) as count:
        count.add("a", 2, 10)
    assert "2/2" in capsys.readouterr().err


def test_without_rich_a_bar_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an error of an import in place of what to do."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(crud.UnsupportedError, match="'rich'"), counting(2, True):
        pass


@pytest.mark.parametrize("given", [5, "yes", 1.0])
def test_other_things_show_no_progress(given: Any) -> None:
    """Catches progress that silently is not shown."""
    with pytest.raises(TypeError, match="progress is"), counting(2, given):
        pass


def test_a_name_of_an_array_is_only_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a name that is read as markup, which ends the work, or that controls a terminal."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with counting(2, True) as count:
        count.add("q[/b]\x1b[2J", 2, 10)
    shown = capsys.readouterr().err
    assert "q[/b]\ufffd[2J" in shown
