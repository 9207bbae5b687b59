"""What is measured, and by which command."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.zarr_benchmarks.cells import (
    OURS,
    PYTHON,
    STREAMED,
    TOOLS,
    Cell,
    Measured,
    Programs,
    cells,
)

PEERS, ARRAY = Path("peers/python"), Path("array")
WITH_TOOLS = Programs(PEERS, Path("bin"))


def test_names_are_unique_and_all_works_are_there() -> None:
    """Catches two rows that cannot be told apart."""
    found = cells((1, 4))
    assert len({cell.name for cell in found}) == len(found)
    assert {cell.work for cell in found} == {"open", "all", "chunks", "subchunks", "round"}
    assert {cell.array for cell in found if cell.work == "subchunks"} == {"sharded"}
    assert (
        Cell("sharded", "subchunks", 4, cold=True).name == "sharded, by subchunks, 4 at once, cold"
    )


def test_others_run_in_their_own_environment() -> None:
    """Catches a zarr-python that is measured as the fork."""
    cell = Cell("raw", "all", 1, cold=False)
    for peer in PYTHON:
        command = WITH_TOOLS.command(peer, cell, ARRAY)
        assert command is not None
        assert command[0] == str(PEERS)
        assert peer in command
    for peer in OURS:
        command = WITH_TOOLS.command(peer, cell, ARRAY)
        assert command is not None
        assert command[0] == sys.executable
    assert WITH_TOOLS.command(STREAMED, cell, ARRAY) is None
    streamed = WITH_TOOLS.command(STREAMED, Cell("raw", "round", 1, cold=False), ARRAY, "target")
    assert streamed is not None
    assert (streamed[0], streamed[-1]) == (sys.executable, "target")
    assert STREAMED in streamed


def test_the_tools_do_the_same_work() -> None:
    """Catches a Rust program that reads other pieces, or with another number of threads."""

    def told(work: str, *last: str) -> list[str] | None:
        command = WITH_TOOLS.command(TOOLS, Cell("sharded", work, 4, cold=False), ARRAY, *last)
        return command and command[1:]

    assert told("all") == ["array", "--read-all"]
    assert told("chunks") == ["array", "--concurrent-chunks", "4"]
    assert told("subchunks") == ["array", "--concurrent-chunks", "4", "--inner-chunks"]
    assert told("round", "target") == ["array", "target"]
    assert told("open") is None
    assert told("all", "digest") is None
    assert TOOLS in WITH_TOOLS.names()
    assert TOOLS not in Programs(PEERS, None).names()


def test_the_ratio_is_to_the_best_of_the_others() -> None:
    """Catches a ratio to a slow peer, or to another one of ours."""
    seconds = {"engine zarrs": 1.0, "engine zarrista": 0.1, "zarr": 4.0, "tensorstore": 2.0}
    one = Measured(Cell("raw", "all", 1, cold=False), seconds, {}, from_disk=True)
    assert one.ratio(PYTHON) == 0.5
    assert one.ratio((TOOLS,)) is None
