"""The rows of the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bench.cells import APPENDED, Cell, cells, large_reads, list_reads, long_layouts, mebibytes
from bench.layouts import Layout
from tests.bench.cases import CELLS, RAGGED, SHARDED, WRITES


def test_names_of_cells_are_unique() -> None:
    """Catches two rows of the table with the same name."""
    for quick in (True, False):
        names = [cell.name for cell in cells(quick=quick)]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_read_is_compared_with_what_numpy_selects(cell: Cell) -> None:
    """Catches a check of different elements from those that the row names."""
    data: Any = RAGGED.data()
    place = cell.places[0]
    selected: dict[str, Any] = {
        "chunk": data[3:6, 2:4],
        "rows": data[[0, 3, 6]],
        "points": data[[6, 0, 3], [4, 0, 1]],
        "element": data[6, 4],
    }
    expected = selected.get(cell.kind, data[place])
    np.testing.assert_array_equal(cell.expected(place), expected)


def test_a_chunk_of_shards_is_a_whole_shard() -> None:
    """Catches a comparison with a subchunk where peers read a shard."""
    cell = Cell("chunk", "chunk", SHARDED, ((0, 1),))
    np.testing.assert_array_equal(cell.expected((0, 1)), SHARDED.data()[0:6, 4:8])


@pytest.mark.parametrize("cell", WRITES, ids=lambda cell: cell.name)
def test_a_write_changes_every_element_of_its_place_and_no_other(cell: Cell) -> None:
    """Catches a write that leaves the array as it was, and passes its check by doing nothing."""
    before, value = cell.layout.data(), cell.written()
    after = cell.after(value)
    if cell.kind == "append":
        assert after.shape == (7 + APPENDED, 5)
        np.testing.assert_array_equal(after[:7], before)
        np.testing.assert_array_equal(after[7:], value)
        return
    changed = np.zeros(before.shape, bool)
    changed[cell.places[0]] = True
    np.testing.assert_array_equal(after != before, changed)


class Recorder:
    """A fake peer that records the calls that it receives."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, verb: str) -> Any:
        return lambda *arguments: self.asked.append((verb, arguments))


VERBS = {
    "element": "read_again",
    "again": "read_again",
    "chunk": "read_chunk",
    "region": "read",
    "into": "read_into",
    "rows": "read_rows",
    "points": "read_points",
    "take": "read",
    "write new": "write",
    "write part": "write",
    "append": "append",
}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_each_kind_of_work_is_one_verb_of_a_peer(cell: Cell) -> None:
    """Catches a row in which one peer may reuse memory while the others may not."""
    recorder = Recorder()
    peer: Any = recorder
    if cell.writes:
        cell.write(peer, cell.written())
    else:
        read = cell.reader(peer)
        read(cell.places[0])
        read(cell.places[-1])
    assert {verb for verb, _ in recorder.asked} == {VERBS[cell.kind]}
    if cell.kind == "into":
        first, second = (arguments[1] for _, arguments in recorder.asked)
        assert first is second
        assert first.shape == cell.expected(cell.places[0]).shape
    elif not cell.writes:
        assert recorder.asked[0][1] == (cell.places[0],)


def test_a_list_is_compared_with_reading_everything() -> None:
    """Catches lists of other positions in one of the rows, and runs that are not runs."""
    layout = long_layouts(20 * 1450)["zstd"]
    rows = {cell.name.removesuffix(", zstd"): cell for cell in list_reads(layout, "zstd")}
    assert len(rows) == 8
    places: dict[str, Any] = {name: cell.places[0][0] for name, cell in rows.items()}
    assert len({tuple(place) for name, place in places.items() if "runs," in name}) == 1
    assert len({tuple(place) for name, place in places.items() if "runs shuffled" in name}) == 1
    assert (np.diff(places["1/3 in runs, as a list"].reshape(-1, 1450)) == 1).all()
    place: Any = rows["1/3 in runs, whole + take"].places[0]

    class Whole:
        def __getattr__(self, verb: str) -> Any:
            return lambda everything: layout.data()[everything]

    whole: Any = Whole()
    found = rows["1/3 in runs, whole + take"].reader(whole)(place)
    np.testing.assert_array_equal(found, layout.data()[place])


def test_the_rows_of_an_array_are_what_their_names_say() -> None:
    """Catches a box that fits the chunks, a plane across another axis, or points outside the
    array.
    """
    layout = Layout((48, 16, 16), (8, 8, 8), "raw")
    rows = {cell.name: cell for cell in large_reads(layout, "raw")}
    shapes = {
        name.partition(", raw")[0]: cell.expected(cell.places[0]).shape
        for name, cell in rows.items()
    }
    assert shapes == {
        "whole, 0 MiB": (48, 16, 16),
        "whole, 0 MiB, in a loop": (48, 16, 16),
        "whole, 0 MiB, into an array": (48, 16, 16),
        "box of 3/4 per axis": (36, 11, 11),
        "plane across the first axis": (16, 16),
        "plane across the middle axis": (48, 16),
        "plane across the last axis": (48, 16),
        "every third per axis": (16, 5, 5),
        "40 rows": (40, 16, 16),
        "2,000 points": (2000,),
    }
    assert mebibytes(Layout((512, 512, 256), (1, 1, 1), "raw")) == "128 MiB"


def test_rows_in_memory_are_told_apart_from_those_of_files() -> None:
    """Catches a row in memory that is measured on files and looks the same."""
    for quick in (True, False):
        found = list(cells(quick=quick))
        assert {cell.name for cell in found if cell.in_memory} == {
            cell.name for cell in found if cell.name.startswith("in memory: ")
        }
        assert {cell.kind for cell in found} == set(VERBS)
