"""The runner of our tests on a zarr-python as released, and its list."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fork import ForkError, overlay_tests
from fork.deselection import load_deselection
from fork.fetch import ROOT
from fork.overlay_tests import (
    FOLDERS,
    LIST,
    LISTED,
    Failures,
    deselected,
    pytest_collection_modifyitems,
    pytest_configure,
    unmatched,
)

ENTRIES = load_deselection(LIST)


class Item:
    """A collected test."""

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid
        self.marks: list[Any] = []

    def add_marker(self, mark: Any) -> None:
        self.marks.append(mark)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A list with one test, and one with parameters."""
    file = tmp_path / "list.txt"
    file.write_text("[excluded]\n[failing]\na.py::one  # why\na.py::two[x]  # why not\n")
    monkeypatch.setattr(overlay_tests, "LIST", file)


@pytest.mark.parametrize("count", [0, 1])
def test_tests_may_fail_in_the_run_of_those_that_are_listed(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Catches a failure that is hidden because another test is listed."""
    if count:
        monkeypatch.setenv(LISTED, "1")
    item: Any = Item("a.py::one")
    pytest_collection_modifyitems([item])
    assert [(mark.name, mark.kwargs["strict"]) for mark in item.marks] == [("xfail", False)] * count


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("failed", "status"),
    [(["a.py::one[y]", "a.py::two[x]"], 0), (["a.py::one[y]"], 1), (["a.py::two[x]"], 1)],
)
def test_an_entry_of_which_nothing_fails_ends_the_run(failed: list[str], status: int) -> None:
    """Catches an entry for a test that was renamed, or that passes without the fork."""
    plugin = Failures()
    for nodeid in ("a.py::one", *failed):
        passed = nodeid not in failed
        report: Any = SimpleNamespace(nodeid=nodeid, skipped=not passed)
        if not passed:
            report.wasxfail = "why"
        plugin.pytest_runtest_logreport(report)
    session: Any = SimpleNamespace(exitstatus=0)
    plugin.pytest_sessionfinish(session)
    assert session.exitstatus == status


@pytest.mark.parametrize(("listed", "worker", "count"), [(1, 0, 1), (0, 0, 0), (1, 1, 0)])
def test_the_list_is_held_against_the_run_of_its_tests(
    monkeypatch: pytest.MonkeyPatch, listed: int, worker: int, count: int
) -> None:
    """Catches a run of other tests that fails because of the list, or a worker that has a part."""
    monkeypatch.setitem(os.environ, LISTED, "1")
    if not listed:
        monkeypatch.delenv(LISTED)
    registered: list[object] = []
    manager = SimpleNamespace(register=registered.append)
    config: Any = SimpleNamespace(pluginmanager=manager)
    if worker:
        config.workerinput = {}
    pytest_configure(config)
    assert len(registered) == count


def test_the_list_names_files_that_there_are_and_stays_short() -> None:
    """Catches a list that grows without notice, or names a file that has moved."""
    for path in (*ENTRIES.excluded, *(test.partition("::")[0] for test in ENTRIES.failing)):
        assert (ROOT / path).is_file(), path
        assert path.startswith(FOLDERS)
    assert (len(ENTRIES.excluded), len(ENTRIES.failing)) == (1, 98)


def test_a_release_has_the_common_list_and_its_own() -> None:
    """Catches a list of a release that replaces the common one, or is never read."""
    assert deselected("3.4.2") == ENTRIES
    own = load_deselection(LIST.with_name("deselected-overlay-3.4.1.txt"))
    assert len(own.failing) == 6
    assert deselected("3.4.1") == ENTRIES | own


def test_entries_are_matched_by_test_and_by_parameters() -> None:
    """Catches an entry that counts as matched because a name begins with it."""
    assert unmatched({"a.py::o": "", "a.py::two": ""}, ["a.py::one", "a.py::two[x]"]) == ["a.py::o"]


def test_missing_wheels_are_reported(tmp_path: Path) -> None:
    """Catches a run on the wheels of an older build."""
    (tmp_path / "zarr_crud-1-py3-none-any.whl").touch()
    with pytest.raises(ForkError, match=r"run `\./dev wheels`"):
        overlay_tests._wheels(tmp_path)


def test_the_wheel_that_suits_this_machine_is_taken(tmp_path: Path) -> None:
    """Catches a run that stops because the extension has wheels for other systems, too."""
    overlay, here = "zarr_crud-1-py3-none-any.whl", "zarrs_bindings-1-py3-none-any.whl"
    other = "zarrs_bindings-1-cp312-abi3-musllinux_1_2_s390x.whl"
    for name in (overlay, here, other):
        (tmp_path / name).touch()
    assert [wheel.name for wheel in overlay_tests._wheels(tmp_path)] == [overlay, here]


def test_an_environment_is_made_once_for_the_same_wheels(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches a run on wheels that were built before a change."""
    calls: list[str] = []

    def made(*arguments: str | Path) -> SimpleNamespace:
        calls.append(str(arguments[0]))
        (tmp_path / "env").mkdir(exist_ok=True)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(overlay_tests, "_uv", made)
    wheel = tmp_path / "a.whl"
    for content, count in (("1", 4), ("1", 4), ("2", 8)):
        wheel.write_text(content)
        python = overlay_tests.environment(tmp_path / "env", "3.4.2", [wheel])
        assert python == tmp_path / "env" / "bin" / "python"
        assert len(calls) == count
