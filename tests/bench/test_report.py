"""The page and the JSON show what was measured."""

from __future__ import annotations

from typing import Any

import pytest

from bench import run
from bench.report import as_json, best_peer, duration, page, ratio
from bench.timing import Measured
from tests.bench.cases import CELLS, WRITES


def test_peers_that_write_in_place_do_not_count() -> None:
    """Catches a ratio to a peer that guarantees less."""
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
        (-2e-6, "-2 µs"),
        (-0.0421, "-42.1 ms"),
        (0.0, "0 µs"),
    ],
)
def test_durations_have_three_figures(seconds: float | None, text: str) -> None:
    """Catches a table in which 1e+03 is beside 998."""
    assert duration(seconds) == text


READ, WRITE = CELLS[0], WRITES[0]
PEERS = run.EVERYBODY


@pytest.mark.parametrize(
    ("seconds", "best", "fraction"),
    [
        ({"crud zarrs": 1, "zarr fused": 4, "zarrista": 2, "arr[...] zarrs": 0.5}, "zarrista", 0.5),
        ({"crud zarrs": 6, "tensorstore": 4, "floor": 1, "crud reference": 2}, "tensorstore", 1.5),
        ({"crud zarrs": 6}, None, None),
        ({"tensorstore": 4}, "tensorstore", None),
        ({}, None, None),
    ],
)
def test_the_ratio_is_our_time_by_that_of_the_best_other(
    seconds: dict[str, float], best: str | None, fraction: float | None
) -> None:
    """Catches a ratio to one of our own engines or to the floor, or an inverted ratio."""
    assert best_peer(Measured(READ, seconds), PEERS) == best
    assert ratio(Measured(READ, seconds), PEERS) == fraction


def document(*results: Measured) -> dict[str, Any]:
    return as_json(results, PEERS, 3) | {"facade": {}, "arrays": {}, "native": {}}


def test_a_peer_that_has_refused_is_reported_with_its_reason() -> None:
    """Catches a peer that is missing from a row without a reason."""
    seconds = {"crud zarrs": 1e-3, "zarr fused": 2e-3}
    result = Measured(READ, seconds, refused={"zarrista": "it does not serve steps"})
    (cell,) = document(result)["cells"]
    assert cell["refused"] == {"zarrista": "it does not serve steps"}
    assert (cell["seconds"], cell["ratio"], cell["best_peer"]) == (seconds, 0.5, "zarr fused")


def table(text: str) -> list[list[str]]:
    """The cells of the first table of a page."""
    lines = [line for line in text.split("\n\n| call |")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_time_stands_in_the_column_of_its_peer() -> None:
    """Catches times that shift by one column where a peer has none."""
    seconds = {peer.name: 1e-3 * number for number, peer in enumerate(PEERS, 1)}
    del seconds["zarrista"]
    results = [Measured(READ, seconds), Measured(WRITE, {}), Measured(READ, seconds, codec=5)]
    head, _, full, empty, coded = table(page(document(*results), PEERS))
    assert len(head) == len(full) == len(empty) == len(coded) == len(PEERS) + 4
    shown = dict(zip(head, full, strict=True))
    for peer in PEERS:
        assert shown[peer.name] == duration(seconds.get(peer.name))
    assert (shown["codec alone"], shown[""], shown["zarrista"]) == ("-", READ.name, "-")
    mine, theirs = seconds["zarrs pipeline"], seconds["zarrs-python"]
    assert shown["zarrs pipeline / zarrs-python"] == f"{mine / theirs:.2f}" != "1.00"
    assert shown["crud zarrs / best peer"] == "4.50 zarr batched"
    assert empty == [WRITE.name, *["-"] * (len(PEERS) + 3)]
    assert coded[1] == "5 s"
