"""Each figure that is worse than it must be is told."""

from __future__ import annotations

import pytest

from bench.remote.alone import NAME
from bench.remote.targets import best_peer, misses, ratio
from bench.remote.timing import Measured, Taken
from tests.bench.remote.cases import AGAIN, READ, taken


def measured(**changes: Taken) -> Measured:
    """All as it must be at 50 ms and at 0, but for these changes."""
    fast = {"zarr": taken(2.0), "tensorstore": taken(1.0), NAME: taken(0.1)}
    longest = {**fast, "ours": taken(0.11), "ours, http": taken(0.9)}
    none = {**fast, "ours": taken(0.1)}
    for name, change in changes.items():
        (longest if name.startswith("at_50") else none)[name[6:].replace("_", ", ")] = change
    return Measured(READ, {0.05: longest, 0: none})


def test_the_best_is_none_of_ours_and_not_the_requests_alone() -> None:
    """Catches a ratio to ourselves."""
    found = measured().taken[0.05]
    assert best_peer(found) == "tensorstore"
    assert ratio(found) == 0.11
    assert (best_peer({}), ratio({"zarr": taken(1)}), ratio({"ours": taken(1)})) == (None,) * 3


def test_nothing_is_told_where_all_is_reached() -> None:
    """Catches a list that is never empty."""
    assert list(misses(measured())) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"at_50_tensorstore": taken(0.2)},
            "whole, 50 ms: ours is 0.55 x tensorstore, not 0.5 x",
        ),
        (
            {"at_00_tensorstore": taken(0.08)},
            "whole, 0 ms: ours is 1.25 x tensorstore, not 1.1 x",
        ),
        (
            {"at_50_ours_http": taken(1.2)},
            "whole, 50 ms: ours, http is 1.20 x tensorstore, not 1.1 x",
        ),
        ({"at_00_ours": taken(0.16)}, "whole, 0 ms: ours is 1.60 x obstore alone, not 1.5 x"),
        ({"at_50_ours": taken(0.11, 7)}, "whole, 50 ms: ours sends 7 requests, not 6"),
        ({"at_50_ours": taken(0.2)}, "whole, 50 ms: ours takes 200 ms, not 162 ms"),
    ],
)
def test_what_is_worse_than_it_must_be_is_told(changes: dict[str, Taken], line: str) -> None:
    """Catches a target that nothing misses."""
    assert line in list(misses(measured(**changes)))


def test_waves_are_those_of_reads_of_whole_chunks() -> None:
    """Catches a bound for requests that must follow each other."""
    both = {0.05: {"ours": taken(1.0, 1)}, 0: {"ours": taken(0.1, 1)}}
    assert list(misses(Measured(AGAIN, both))) == []
