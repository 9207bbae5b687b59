"""The page and the JSON say what was measured."""

from __future__ import annotations

import pytest

from bench import run
from bench.report import best_peer, duration
from bench.timing import Measured
from tests.bench.cases import CELLS, WRITES


def test_peers_that_write_in_place_do_not_count() -> None:
    """A ratio against something that promises less."""
    seconds = {"zarrista": 1.0, "zarrs-python": 2.0, "tensorstore": 3.0, "zarr fused": 4.0}
    for cell, best in ((CELLS[0], "zarrista"), (WRITES[0], "tensorstore")):
        assert best_peer(Measured(cell, seconds), run.EVERYBODY) == best


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (3.14159e-6, "3.14 µs"),
        (0.0009996, "1 ms"),
        (0.0421, "42.1 ms"),
        (0.9999, "1 s"),
    ],
)
def test_durations_have_three_figures(seconds: float | None, text: str) -> None:
    """A table in which 1e+03 stands beside 998."""
    assert duration(seconds) == text
