"""Processes that are measured from their start to their end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.zarr_benchmarks.cells import Cell, Programs
from bench.zarr_benchmarks.processes import (
    FailedError,
    can_forget,
    digest,
    forget,
    measure,
    remember,
    run,
)


class Shell(Programs):
    """Programs that run a line of shell, which is given as their peer's Python."""

    def command(self, peer: str, cell: Cell, array: Path, *last: str) -> list[str] | None:
        """Return the line, unless it is empty."""
        line = str(self.peers)
        return ["/bin/sh", "-c", line, peer, str(array), *last] if line != "none" else None


def shell(line: str) -> Shell:
    return Shell(Path(line), None)


CELLS = {work: Cell("a", work, 1, cold=True) for work in ("all", "round")}


def test_all_of_a_process_counts() -> None:
    """Catches a time without the start, and memory that is not the process's."""
    code = "import time; b = bytearray(1 << 26); time.sleep(0.05)"
    ran = run([sys.executable, "-S", "-c", code])
    assert ran.seconds >= 0.05
    assert ran.peak >= 1 << 26


def test_a_failure_ends_the_run(tmp_path: Path) -> None:
    """Catches a peer that is fast because it fails."""
    with pytest.raises(FailedError, match="what went wrong"):
        run(["/bin/sh", "-c", "echo what went wrong >&2; exit 3"])
    with pytest.raises(FailedError, match="what went wrong"):
        digest(shell("echo what went wrong >&2; false"), "p", CELLS["all"], tmp_path)


def test_forgotten_files_keep_their_contents(tmp_path: Path) -> None:
    """Catches a file that is lost, and a folder that is opened as a file."""
    (tmp_path / "c" / "0").mkdir(parents=True)
    file = tmp_path / "c" / "0" / "1"
    file.write_bytes(b"x" * 5000)
    assert can_forget()
    forget(tmp_path)
    remember(tmp_path)
    assert file.read_bytes() == b"x" * 5000


def test_a_round_trip_begins_with_a_document_alone(tmp_path: Path) -> None:
    """Catches a target that still has the chunks of the peer before."""
    array, scratch = tmp_path / "array", tmp_path / "scratch"
    array.mkdir()
    (array / "zarr.json").write_text("{}")
    (scratch / "target").mkdir(parents=True)
    (scratch / "target" / "old").touch()
    line = 'test "$(ls "$2")" = zarr.json || { ls "$2" >&2; exit 1; }'
    assert measure(shell(line), "p", CELLS["round"], array, scratch) is not None
    assert [file.name for file in (scratch / "target").iterdir()] == ["zarr.json"]


def test_what_a_peer_cannot_do_is_none(tmp_path: Path) -> None:
    """Catches a peer that is missing in a row and counts as failed."""
    assert measure(shell("none"), "p", CELLS["all"], tmp_path, tmp_path) is None
    assert digest(shell("none"), "p", CELLS["all"], tmp_path) is None


def test_a_process_runs_compiled_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a peer that compiles modules in every turn, or an engine that a variable chose."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("ZARR_ARRAY__ENGINE", "reference")
    line = 'test -z "$PYTHONDONTWRITEBYTECODE$ZARR_ARRAY__ENGINE" && echo 5'
    assert measure(shell(line), "p", CELLS["all"], tmp_path, tmp_path) is not None
    assert digest(shell(line), "p", CELLS["all"], tmp_path) == "5"
