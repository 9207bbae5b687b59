"""The page says what was measured, and what is too slow."""

from __future__ import annotations

from bench.nodes.report import REACHED, as_json, page
from bench.nodes.rows import Row
from bench.nodes.timing import Measured

ROW = Row("open", lambda _: {}, int, {"zarr": 0.5})


def test_the_page_has_times_ratios_and_limits() -> None:
    """Catches a page whose ratio is not that of the times beside it."""
    results = [Measured(ROW, {"zarr": 4e-4, "zarrs": 1e-4})]
    text = page(as_json(results, 3), results)
    assert "| open | 400 µs | 100 µs | - | - | 0.25 (≤ 0.5) | - | - |" in text
    assert REACHED in text


def test_a_miss_is_listed() -> None:
    """Catches a figure that is too slow, and looks fine."""
    results = [Measured(ROW, {"zarr": 1e-4, "zarrs": 1e-4})]
    document = as_json(results, 3)
    assert document["rows"][0]["misses"] == ["zarr"]
    text = page(document, results)
    assert "- open: 1.00 of zarr, and may be 0.5" in text
    assert REACHED not in text
