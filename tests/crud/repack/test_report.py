"""Reports and progress as text."""

from __future__ import annotations

import pytest

from zarr.crud._repack.done import Failure
from zarr.crud._repack.report import Progress, RepackedArray, RepackReport, size_text, table


def test_a_report_lists_arrays_and_failures() -> None:
    """Catches a report that hides what failed."""
    array = RepackedArray("a", "copied", 3, 2, 1, 2048, 0.5, True, False)
    failure = Failure("a", (1,), "a/c/1", OSError("gone"))
    report = RepackReport((array,), (failure,), 1.0)
    assert not report.ok
    lines = str(report).splitlines()
    assert lines[1].split() == ["a", "copied", "3", "2", "1", "2.0", "KiB", "0.5"]
    assert lines[2] == f"failed: {failure}"
    assert RepackReport((array,), (), 1.0).ok


def test_remaining_time_follows_the_pace() -> None:
    """Catches a remaining time that is negative, or divides by zero."""
    assert Progress("a", 0, 4, 0, 0.0).remaining is None
    assert Progress("a", 1, 4, 100, 2.0).remaining == 6.0
    assert Progress("a", 1, 4, 100, 2.0).rate == 50.0
    assert Progress("a", 0, 4, 0, 0.0).rate == 0.0


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (1 << 60, "1024.0 PiB")]
)
def test_sizes_are_readable(size: int, text: str) -> None:
    """Catches another unit."""
    assert size_text(size) == text
    assert size_text(None) == "?"


def test_columns_are_aligned() -> None:
    """Catches columns that do not stand below each other."""
    assert table([("a", "way", "n"), ("bb", "x", "10")]) == ["a   way   n", "bb  x    10"]
