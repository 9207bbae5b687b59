"""The page and the JSON show what was measured."""

from __future__ import annotations

from bench.remote.report import COLUMNS, REACHED, as_json, page
from bench.remote.timing import Measured
from tests.bench.remote.cases import POINT, READ, taken

RESULT = Measured(
    READ,
    {
        0.05: {name: taken(number / 1e3, number) for number, name in enumerate(COLUMNS, 1)},
        0: {"zarr": taken(0.2), "ours": taken(0.1)},
    },
)
REFUSED = Measured(POINT, {0.05: {}, 0: {}}, {"zarrista": "it does not serve points"})
PEAKS = {"whole": {"zarr": 3 << 20, "ours": 2 << 20}}


def rows(text: str, head: str) -> list[dict[str, str]]:
    """The rows of the table that starts with this cell."""
    lines = text[text.index(f"| {head} | zarr |") :].split("\n\n")[0].splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(table[0], row, strict=True)) for row in table[2:]]


def test_each_figure_stands_in_the_column_of_its_peer() -> None:
    """Catches figures that shift by one column where a peer has none."""
    text = page([RESULT, REFUSED], 5, PEAKS, 8)
    first, refused = rows(text, "50 ms a request")
    for number, name in enumerate(COLUMNS, 1):
        assert first[name] == f"{number} ms"
        assert refused[name] == "-"
    assert (first["ours / best peer"], first["must reach"]) == ("5.00 zarr", "0.5")
    assert first["ours / obstore alone"] == "0.62"
    none = rows(text, "0 ms a request")[0]
    assert (none["zarrista"], none["ours"], none["must reach"]) == ("-", "100 ms", "1.1")
    assert none["ours / best peer"] == "0.50 zarr"


def test_requests_and_memory_are_shown() -> None:
    """Catches a row without its requests, and kibibytes under another name."""
    text = page([RESULT, REFUSED], 5, PEAKS, 8)
    requests, memory = text.split("Requests of a call")[1].split("Memory that a read")
    assert "| whole | 1 / 3 | 2 / 3 |" in requests
    assert "| points | - |" in requests
    assert "| whole | 3 MiB | - | - | - | 2 MiB | - | - |" in memory
    assert "Memory that a read" not in page([RESULT], 5, {"whole": {}}, 8)


def test_what_is_not_reached_and_not_measured_is_listed() -> None:
    """Catches a miss that only a reader of all tables would notice."""
    text = page([RESULT, REFUSED], 5, PEAKS, 8)
    assert "- whole, 50 ms: ours is 5.00 x zarr, not 0.5 x" in text
    assert "- zarrista, points: it does not serve points" in text
    assert REACHED in page([REFUSED], 5, {}, 8)


def test_the_json_holds_every_turn() -> None:
    """Catches figures that the page rounds away."""
    document = as_json([RESULT, REFUSED], 5, PEAKS)
    whole, points = document["cells"]
    assert whole["taken"]["0 ms"]["ours"] == {
        "seconds": 0.1,
        "rounds": 5,
        "requests": {"GET": 6},
        "received": 0,
        "sent": 100,
        "most_in_flight": 3,
    }
    assert whole["misses"]
    assert points["refused"] == REFUSED.refused
    assert document["peak"] == PEAKS
    assert document["versions"]["numpy"]
