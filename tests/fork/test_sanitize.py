"""``./dev sanitize`` fails if a sanitizer detects nothing, and says what it did not run."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from fork.fetch import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "packages/zarrs-bindings/sanitize/run.sh"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The script, and a fake toolchain that has the sanitizers but not Miri."""
    (tmp_path / SCRIPT).parent.mkdir(parents=True)
    shutil.copy(ROOT / SCRIPT, tmp_path / SCRIPT)
    (tmp_path / "librustc-made_up_rt.asan.a").touch()
    _tool(tmp_path, "rustc", f"[ $1 = -vV ] && echo host: here || echo {tmp_path}")
    return tmp_path


def _tool(checkout: Path, name: str, line: str) -> None:
    file = checkout / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


def _sanitize(checkout: Path, *parts: str) -> subprocess.CompletedProcess[str]:
    path = f"{checkout / 'bin'}:{os.environ['PATH']}"
    command = ["/bin/sh", str(checkout / SCRIPT), *parts]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)


def test_a_sanitizer_that_sees_no_fault_fails_the_run(checkout: Path) -> None:
    """Catches tests that pass because nothing is instrumented."""
    _tool(checkout, "cargo", "exit 0")
    done = _sanitize(checkout, "address")
    assert done.returncode == 1
    assert "a fault made on purpose was not found: heap-buffer-overflow" in done.stderr


def test_a_fault_that_ends_without_a_report_fails_the_run(checkout: Path) -> None:
    """Catches another failure that counts as a report, or whose cause is not shown."""
    _tool(checkout, "cargo", "case $* in *canary::tests*) echo no disk >&2; exit 1 ;; esac")
    done = _sanitize(checkout, "address")
    assert done.returncode == 1
    assert "no disk" in done.stderr
    assert "no report of a fault made on purpose: heap-buffer-overflow" in done.stderr


@pytest.mark.parametrize(("outcome", "code"), [("exit 0", 0), ("exit 3", 3)])
def test_what_the_tests_find_is_the_outcome(checkout: Path, outcome: str, code: int) -> None:
    """Catches a finding that ends in success, or a run that can never succeed."""
    reports = "echo heap-buffer-overflow; echo detected memory leaks; exit 1"
    skips = f"*--skip*) {outcome} ;;"
    _tool(checkout, "cargo", f"case $* in *canary::tests*) {reports} ;; {skips} esac")
    assert _sanitize(checkout, "address").returncode == code


def test_what_is_not_there_is_named(checkout: Path) -> None:
    """Catches a tool that is silently left out, or that counts as having found nothing."""
    _tool(checkout, "cargo", "exit 1")
    done = _sanitize(checkout, "miri")
    assert (done.returncode, "miri: not run" in done.stderr) == (0, True)
    done = _sanitize(checkout, "thread")
    assert (done.returncode, "no tsan for here" in done.stderr) == (1, True)
    done = _sanitize(checkout, "memory")
    assert (done.returncode, "no part 'memory'" in done.stderr) == (1, True)
