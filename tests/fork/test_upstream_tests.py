"""The runner of upstream's suite, on a suite of three tests."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from fork.fetch import ROOT
from fork.upstream_tests import unpack

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
    """An unpacked source distribution, with package code that must stay behind."""
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
    """Upstream's tests running on upstream's package instead of ours."""
    found = {p.relative_to(suite).as_posix() for p in suite.rglob("*") if p.is_file()}
    assert found == {"pyproject.toml", "tests/test_it.py"}


def test_tests_that_fail_or_break_satisfy_the_list(suite: Path) -> None:
    """Entries for parameters, and for a fixture that raises."""
    test = "tests/test_it.py::test_fails"
    assert not _objections(suite, test, f"{test}[2]", "tests/test_it.py::test_errors")


WRONG = {
    "tests/test_it.py::test_passes": "has passed; narrow or delete the entry.",
    "tests/test_it.py::test_skips": "has skipped; narrow or delete the entry.",
    "tests/test_it.py::test_gone": "matches no test; delete or correct the entry.",
    "tests/test_gone.py::test_x": "matches no test; delete or correct the entry.",
}


def test_entries_that_are_not_failing_tests_are_named(suite: Path) -> None:
    """A list that keeps hiding a test that passes by now, or that is no more."""
    found = _objections(suite, "tests/test_it.py::test_errors", *WRONG)
    assert found.splitlines() == [f"{entry} {words}" for entry, words in WRONG.items()]
