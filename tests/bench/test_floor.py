"""The floor reads everything that the peers read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.cells import Cell
from bench.floor import Floor
from bench.layouts import Layout
from bench.peer import RefusedError
from bench.timing import measure
from tests.bench.cases import EVERYTHING


def test_floor_reads_what_is_there(tmp_path: Path) -> None:
    """Catches a floor that reads less than the peers, and so looks better."""
    whole = Cell("whole", "region", Layout((6, 4), (3, 2), "raw"), (EVERYTHING,))
    assert measure(whole, [Floor], 1, tmp_path).seconds["floor"] > 0


def test_the_floor_returns_the_elements_that_the_files_hold(tmp_path: Path) -> None:
    """Catches files that are opened but not read, or chunks in the wrong place."""
    layout = Layout((6, 4), (3, 2), "raw")
    layout.create(tmp_path / "a", filled=True)
    floor = Floor(tmp_path / "a")
    np.testing.assert_array_equal(floor.read(EVERYTHING), layout.data())
    np.testing.assert_array_equal(floor.read_chunk((1, 1)), layout.data()[3:6, 2:4])
    (tmp_path / "a/c/1/1").unlink()
    with pytest.raises(FileNotFoundError):
        floor.read(EVERYTHING)


@pytest.mark.parametrize(
    ("layout", "place", "words"),
    [
        (Layout((6, 4), (3, 2), "raw"), (slice(0, 3), slice(None)), "only whole chunks"),
        (Layout((7, 4), (3, 2), "raw"), EVERYTHING, "chunks that divide the array"),
        (Layout((6, 4), (3, 2), "zstd"), EVERYTHING, "only uncompressed chunks"),
        (Layout((6, 4), (3, 2), "raw", shard=(6, 4)), EVERYTHING, "only uncompressed chunks"),
    ],
)
def test_work_without_a_plain_floor_is_refused(
    layout: Layout, place: Any, words: str, tmp_path: Path
) -> None:
    """Catches encoded bytes that are copied as elements, which is faster than any decoder."""
    layout.create(tmp_path / "a", filled=True)
    with pytest.raises(RefusedError, match=words):
        Floor(tmp_path / "a").read(place)
    if "uncompressed" in words:
        with pytest.raises(RefusedError, match=words):
            Floor(tmp_path / "a").read_chunk((0, 0))
