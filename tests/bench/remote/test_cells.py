"""The rows say how much work there is."""

from __future__ import annotations

from itertools import combinations, islice
from math import prod

import numpy as np
import pytest

from bench.remote.cells import cells, size
from tests.bench.remote.cases import PART, WRITE


def test_as_many_requests_as_chunks_are_expected() -> None:
    """Catches a count that fits another layout, in a quick run too."""
    for quick in (False, True):
        found = list(cells(quick=quick))
        assert len({cell.name for cell in found}) == len(found) == 9
        for cell in (cell for cell in found if cell.whole):
            chunk = cell.layout.shard or cell.layout.chunk
            assert cell.requests == prod(cell.layout.shape) / prod(chunk)


def test_the_array_has_64_mebibytes() -> None:
    """Catches a table for another amount of data."""
    for cell in cells():
        assert 4 * prod(cell.layout.shape) == 64 << 20


def test_every_write_changes_every_element() -> None:
    """Catches a write that need not happen, because it stores what is there."""
    taken = [WRITE.expected(), *islice(WRITE.values(), 3)]
    assert all((one != other).all() for one, other in combinations(taken, 2))
    value = next(PART.values())
    after = PART.after(value)
    assert (after != PART.layout.data()).sum() == 28 * 20
    assert np.array_equal(after[PART.where], value)


@pytest.mark.parametrize(("chunk", "text"), [((128, 128), "64 KiB"), ((512, 512), "1 MiB")])
def test_sizes_are_those_of_decoded_chunks(chunk: tuple[int, int], text: str) -> None:
    """Catches the size of another data type."""
    assert size(chunk) == text
