"""The list of upstream tests that are left out must be right in every line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from fork.deselection import Deselection, load_deselection
from fork.fetch import ROOT
from fork.upstream_tests import deselected, verdicts
from tests.fork.conftest import refusal

if TYPE_CHECKING:
    from pathlib import Path

COMMON = {"tests/test_config.py::test_config_defaults_set"}
OUTCOMES = {"t.py::a[1]": "failed", "t.py::a[2]": "failed", "t.py::ab": "passed"}


def test_entries_that_fail_raise_no_objection() -> None:
    """A check that objects to every list."""
    assert verdicts({"t.py::a", "t.py::a[2]"}, OUTCOMES) == []


@pytest.mark.parametrize("entry", ["t.py::b", "t.py::a[3]", "t.py::", "u.py::a"])
def test_an_entry_that_matches_nothing_is_an_error(entry: str) -> None:
    """A test that upstream renamed, deselected under its old name for ever."""
    (sentence,) = verdicts([entry], OUTCOMES)
    assert sentence.startswith(f"{entry} matches no test")


@pytest.mark.parametrize("outcome", ["passed", "skipped"])
def test_an_entry_that_does_not_fail_is_an_error(outcome: str) -> None:
    """A test that passes by now, kept out of every run; one parameter of many is enough."""
    (sentence,) = verdicts(["t.py::a"], OUTCOMES | {"t.py::a[2]": outcome})
    assert sentence.startswith(f"t.py::a[2] has {outcome}")


@pytest.mark.parametrize(
    "line",
    ["t.py::a", "t.py::a  #", "t.py::a # one blank", "[other]", "[failing]\nt::a  # x\nt::a  # x"],
)
def test_a_line_without_reason_or_heading_is_refused(tmp_path: Path, line: str) -> None:
    """A deselection that nobody can judge."""
    file = tmp_path / "deselected.txt"
    file.write_text(f"[failing]\n{line}\n")
    with pytest.raises(ForkError, match="write `test  # reason`") as error:
        load_deselection(file)
    refusal(error)


def test_an_entry_above_the_headings_is_refused(tmp_path: Path) -> None:
    """An entry that belongs to no list and is silently dropped."""
    file = tmp_path / "deselected.txt"
    file.write_text("t.py::a  # why\n[failing]\n")
    with pytest.raises(ForkError, match=r"deselected\.txt:1"):
        load_deselection(file)


def test_lists_join(tmp_path: Path) -> None:
    """An engine's own list replacing the common one."""
    file = tmp_path / "deselected.txt"
    file.write_text("# a note\n[excluded]\nd  # why\n\n[failing]\nt.py::a[x # y]  # why not\n")
    other = Deselection({}, {"t.py::b": "because"})
    joined = load_deselection(file) | other
    assert joined.excluded == {"d": "why"}
    assert joined.failing == {"t.py::a[x # y]": "why not", "t.py::b": "because"}


def test_with_native_defaults_only_the_config_defaults_differ() -> None:
    """A list that grows until it hides real differences."""
    assert set(deselected(None).failing) == COMMON


@pytest.mark.parametrize(("engine", "most"), [("auto", 29), ("reference", 30), ("zarrs", 40)])
def test_the_list_of_an_engine_does_not_grow(engine: str, most: int) -> None:
    """A list that grows until it hides real differences; a shorter one lowers its number here."""
    own = load_deselection(ROOT / "fork" / f"deselected-{engine}.txt")
    assert len(own.failing) == most
    assert not own.excluded
    assert deselected(engine).failing == deselected(None).failing | own.failing
    assert deselected(engine).excluded == deselected(None).excluded


def test_what_auto_fails_the_engine_that_it_takes_fails_too() -> None:
    """A test that fails because of the choice between engines."""
    common, auto, zarrs = (set(deselected(name).failing) for name in (None, "auto", "zarrs"))
    assert common <= auto <= zarrs


def test_an_engine_without_a_list_has_the_common_one() -> None:
    """A run with an engine of one's own that fails before it begins."""
    assert deselected("another") == deselected(None)
