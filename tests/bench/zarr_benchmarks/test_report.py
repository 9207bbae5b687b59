"""The page of the suite."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.zarr_benchmarks.cells import Cell, Measured, Programs
from bench.zarr_benchmarks.report import as_json, missed, page

PROGRAMS = Programs(Path(sys.executable), None)


def measured(seconds: float, *, cold: bool = False, from_disk: bool = True) -> Measured:
    times = {"engine zarrs": seconds, "tensorstore": 1.0}
    peak = {"engine zarrs": 3 << 20}
    return Measured(Cell("raw", "all", 1, cold), times, peak, from_disk)


def document(*results: Measured) -> dict[str, object]:
    return as_json(results, "medium", 2, PROGRAMS)


def test_the_page_says_how_it_was_measured() -> None:
    """Catches a page without the size, the load, the versions or the tools that were missing."""
    text = page(document(measured(0.5)))
    assert "512³ 16-bit integers, 256 MiB" in text
    for words in ("medians of 2 rounds", "tensorstore 0.", "Load ", "were not\ninstalled"):
        assert words in text
    assert "| raw, read all, warm | 500 ms | - |" in text
    assert "| 0.50 | - |" in text
    assert "| raw, read all, warm | 3 | - |" in text
    assert "Every figure is as good as it must be." in text


def test_the_page_names_what_is_missed() -> None:
    """Catches a page that hides a slow cell, or a cold one that was warm."""
    slow, warm = measured(1.25), measured(0.5, cold=True, from_disk=False)
    assert missed(document(slow, warm)) == [
        "raw, read all, warm: 1.25 of the best Python peer",
        "raw, read all, cold: a process read nothing from the disk",
    ]
    assert "- raw, read all, warm: 1.25 of the best" in page(document(slow))


def test_the_tools_may_be_a_tenth_faster() -> None:
    """Catches a limit that is applied to the wrong figure."""
    one = measured(0.5)
    one.seconds["zarrs tools"] = 0.4
    assert missed(document(one)) == ["raw, read all, warm: 1.25 of the Rust tools"]
    one.seconds["zarrs tools"] = 0.46
    assert missed(document(one)) == []
