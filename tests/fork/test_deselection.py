"""Every line in the list of deselected upstream tests must be valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from fork.deselection import Deselection, load_deselection
from tests.fork.conftest import refusal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "line",
    ["t.py::a", "t.py::a  #", "t.py::a # one blank", "[other]", "[failing]\nt::a  # x\nt::a  # x"],
)
def test_a_line_without_reason_or_heading_is_refused(tmp_path: Path, line: str) -> None:
    """Catches a deselection that nobody can judge, because it has no reason."""
    file = tmp_path / "deselected.txt"
    file.write_text(f"[failing]\n{line}\n")
    with pytest.raises(ForkError, match="write `test  # reason`") as error:
        load_deselection(file)
    refusal(error)


def test_an_entry_above_the_headings_is_refused(tmp_path: Path) -> None:
    """Catches an entry that belongs to no list and is silently dropped."""
    file = tmp_path / "deselected.txt"
    file.write_text("t.py::a  # why\n[failing]\n")
    with pytest.raises(ForkError, match=r"deselected\.txt:1"):
        load_deselection(file)


def test_lists_join(tmp_path: Path) -> None:
    """Catches an engine's own list that replaces the common list."""
    file = tmp_path / "deselected.txt"
    file.write_text("# a note\n[excluded]\nd  # why\n\n[failing]\nt.py::a[x # y]  # why not\n")
    other = Deselection({}, {"t.py::b": "because"})
    joined = load_deselection(file) | other
    assert joined.excluded == {"d": "why"}
    assert joined.failing == {"t.py::a[x # y]": "why not", "t.py::b": "because"}
