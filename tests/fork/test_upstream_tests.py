"""The runner of upstream's suite, and its lists of deselected tests."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from fork.deselection import load_deselection
from fork.fetch import ROOT
from fork.upstream_tests import deselected, main, unpack, verdicts

COMMON = {"tests/test_config.py::test_config_defaults_set"}
OUTCOMES = {"t.py::a[1]": "failed", "t.py::a[2]": "failed", "t.py::ab": "passed"}

SUITE = """\
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_fails(n):
    assert n > 2

def test_passes(): pass

@pytest.mark.skip
def test_skips(): pass

@pytest.fixture
def broken(): raise OSError

def test_errors(broken): pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """An unpacked source distribution, whose package code must be left out."""
    files = {
        "pyproject.toml": "[tool.pytest.ini_options]\n",
        "tests/test_it.py": SUITE,
        "src/zarr/__init__.py": "",
        "setup.py": "",
    }
    with tarfile.open(tmp_path / "zarr-1.2.3.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"zarr-1.2.3/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return unpack(tmp_path / "zarr-1.2.3.tar.gz", tmp_path / "suite")


def _objections(suite: Path, *failing: str) -> str:
    code = (
        "import sys; from pathlib import Path; from fork.upstream_tests import check_failing as c;"
    )
    code += "print(*c(Path(sys.argv[1]), sys.argv[2:]), sep='\\n')"
    command = [sys.executable, "-c", code, str(suite), *failing]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_only_tests_and_their_options_are_unpacked(suite: Path) -> None:
    """Catches upstream's tests that run on upstream's package instead of ours."""
    found = {p.relative_to(suite).as_posix() for p in suite.rglob("*") if p.is_file()}
    assert found == {"pyproject.toml", "tests/test_it.py"}


def test_tests_that_fail_or_break_satisfy_the_list(suite: Path) -> None:
    """Catches an objection to an entry that names one parameter, or a test whose fixture raises."""
    test = "tests/test_it.py::test_fails"
    assert not _objections(suite, test, f"{test}[2]", "tests/test_it.py::test_errors")


WRONG = {
    "tests/test_it.py::test_passes": "has passed; narrow or delete the entry.",
    "tests/test_it.py::test_skips": "has skipped; narrow or delete the entry.",
    "tests/test_it.py::test_gone": "matches no test; delete or correct the entry.",
    "tests/test_gone.py::test_x": "matches no test; delete or correct the entry.",
}


def test_entries_that_are_not_failing_tests_are_named(suite: Path) -> None:
    """Catches a list that still hides a test which passes now or no longer exists."""
    found = _objections(suite, "tests/test_it.py::test_errors", *WRONG)
    assert found.splitlines() == [f"{entry} {words}" for entry, words in WRONG.items()]


def test_entries_that_fail_raise_no_objection() -> None:
    """Catches a check that objects to every list."""
    assert verdicts({"t.py::a", "t.py::a[2]"}, OUTCOMES) == []


@pytest.mark.parametrize("entry", ["t.py::b", "t.py::a[3]", "t.py::", "u.py::a"])
def test_an_entry_that_matches_nothing_is_an_error(entry: str) -> None:
    """Catches a test that upstream has renamed and that stays deselected under its old name."""
    (sentence,) = verdicts([entry], OUTCOMES)
    assert sentence.startswith(f"{entry} matches no test")


@pytest.mark.parametrize("outcome", ["passed", "skipped"])
def test_an_entry_that_does_not_fail_is_an_error(outcome: str) -> None:
    """Catches a test that passes now, if only with one of its parameters, but is kept out of every
    run.
    """
    (sentence,) = verdicts(["t.py::a"], OUTCOMES | {"t.py::a[2]": outcome})
    assert sentence.startswith(f"t.py::a[2] has {outcome}")


def test_with_native_defaults_only_the_config_defaults_differ() -> None:
    """Catches a list that grows until it hides real differences."""
    assert set(deselected(None).failing) == COMMON


@pytest.mark.parametrize(
    ("engine", "most"), [("auto", 29), ("pipeline", 12), ("reference", 30), ("zarrs", 40)]
)
def test_the_list_of_an_engine_does_not_grow(engine: str, most: int) -> None:
    """Catches a list that grows until it hides real differences. When a list shrinks, lower its
    number here.
    """
    own = load_deselection(ROOT / "fork" / f"deselected-{engine}.txt")
    assert len(own.failing) == most
    assert not own.excluded
    assert deselected(engine).failing == deselected(None).failing | own.failing
    assert deselected(engine).excluded == deselected(None).excluded


def test_what_auto_fails_the_engine_that_it_takes_fails_too() -> None:
    """Catches a test that fails because of the choice between engines."""
    common, auto, zarrs = (set(deselected(name).failing) for name in (None, "auto", "zarrs"))
    assert common <= auto <= zarrs


def test_what_the_codec_pipeline_fails_its_engine_fails_too() -> None:
    """Catches a test that fails because of the pipeline, and not of the engine below it."""
    assert set(deselected("pipeline").failing) <= set(deselected("zarrs").failing)


def test_an_engine_takes_the_place_of_a_pipeline(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a run that claims to test the pipeline, and tests an engine."""
    with pytest.raises(SystemExit):
        main(["--engine", "zarrs", "--pipeline"])
    assert "choose one of them" in capsys.readouterr().err


def test_an_engine_without_a_list_has_the_common_one() -> None:
    """Catches a run with a user's own engine that fails before it starts."""
    assert deselected("another") == deselected(None)
