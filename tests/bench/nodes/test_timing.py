"""Turns are checked first, and medians compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.nodes import timing
from bench.nodes.hierarchies import Took
from bench.nodes.rows import Row
from bench.nodes.timing import Measured, measure
from bench.timing import WrongResultError

if TYPE_CHECKING:
    from pathlib import Path


def test_every_contender_is_measured_and_the_folder_is_removed(tmp_path: Path) -> None:
    """Catches a contender without a turn, and files that pile up from row to row."""
    row = Row("r", lambda _: {"zarr": lambda: 1, "zarrs": lambda: 1}, int)
    assert measure(row, 3, tmp_path).seconds.keys() == {"zarr", "zarrs"}
    assert not list(tmp_path.iterdir())


def test_a_wrong_result_is_an_error(tmp_path: Path) -> None:
    """Catches times of calls that do not do the same work."""
    row = Row("r", lambda _: {"zarr": lambda: 1, "zarrs": lambda: 2}, int)
    with pytest.raises(WrongResultError, match="r: zarr has 1, and not 2"):
        measure(row, 1, tmp_path)


def test_the_time_is_that_of_one_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the time of a whole sample, which depends on the number of calls in it."""
    now = [0.0]
    monkeypatch.setattr(timing, "perf_counter", lambda: now[0])

    def call() -> int:
        now[0] += 0.0005
        return 1

    row = Row("r", lambda _: {"zarrs": call}, int)
    assert measure(row, 3, tmp_path).seconds == {"zarrs": pytest.approx(0.0005)}


def test_a_call_may_measure_itself(tmp_path: Path) -> None:
    """Catches the time of a process in the place of what it measured."""
    row = Row("r", lambda _: {"zarrs": lambda: Took(7)}, lambda _: None)
    assert measure(row, 3, tmp_path).seconds == {"zarrs": 7}


def test_what_takes_longer_than_it_may_is_too_long() -> None:
    """Catches a limit in seconds that is compared with nothing."""
    row = Row("r", lambda _: {}, int, longest=1.0)
    assert not Measured(row, {"zarrs": 1.0}).is_too_long
    assert Measured(row, {"zarrs": 1.1}).is_too_long


def test_what_is_slower_than_it_may_be_is_a_miss() -> None:
    """Catches a limit that is compared with the wrong contender."""
    row = Row("r", lambda _: {}, int, {"zarr": 0.2, "zarrista": 10})
    assert Measured(row, {"zarr": 1.0, "zarrs": 0.2, "zarrista": 0.02}).misses() == []
    assert Measured(row, {"zarr": 1.0, "zarrs": 0.3, "zarrista": 0.02}).misses() == [
        "zarr",
        "zarrista",
    ]
