"""What an index says of its shard, compared with its size."""

from __future__ import annotations

import numpy as np
import pytest

from zarr.crud._layout.shard_faults import examined

MISSING = (2**64 - 1, 2**64 - 1)


def kinds(entries: list[tuple[int, int]], size: int = 100, **options: int) -> tuple[list[str], int]:
    """The kinds of faults, and the dead bytes, of a shard whose last 20 bytes are its index."""
    array = np.array(entries, np.uint64)
    found = examined(array[:, 0], array[:, 1], size, (size - 20, size), **options)
    return [kind for kind, _ in found.faults], found.dead_nbytes


@pytest.mark.parametrize(
    ("entries", "faults", "dead"),
    [
        ([(0, 40), (40, 40)], [], 0),
        ([(40, 40), (0, 40)], [], 0),
        ([(0, 40), MISSING], [], 40),
        ([MISSING, MISSING], [], 80),
        ([(0, 0), (0, 80)], [], 0),
        ([(0, 41), (40, 40)], ["overlapping-subchunks"], 0),
        ([(0, 40), (0, 40)], ["overlapping-subchunks"], 40),
        ([(0, 40), (40, 41)], ["overlapping-subchunks"], 0),
        ([(0, 80), (10, 5)], ["overlapping-subchunks"], 0),
        ([(0, 40), (40, 61)], ["subchunk-beyond-value"], 40),
        ([(0, 40), (2**64 - 1, 4)], ["subchunk-beyond-value"], 40),
        ([(0, 40), (4, 2**64 - 1)], ["subchunk-beyond-value"], 40),
        ([(0, 40), (2**63, 2**63)], ["subchunk-beyond-value"], 40),
    ],
)
def test_entries_are_compared(entries: list[tuple[int, int]], faults: list[str], dead: int) -> None:
    """Catches a sum that overflows, a shared byte, or one that nobody uses."""
    assert kinds(entries) == (faults, dead)


def test_sizes_of_raw_subchunks_are_known() -> None:
    """Catches a raw subchunk of another size than its elements have."""
    assert kinds([(0, 40), (40, 40)], fixed=40) == ([], 0)
    assert kinds([(0, 39), (40, 40)], fixed=40) == (["truncated"], 1)
    assert kinds([(0, 40), (40, 40)], fixed=39) == (["oversized"], 0)


def test_messages_name_the_subchunk() -> None:
    """Catches a message about a place that no one finds."""
    offsets = np.array([[0, 10], [500, 30]], np.uint64)
    lengths = np.array([[10, 25], [10, 50]], np.uint64)
    found = examined(offsets, lengths, 100, (80, 100))
    assert found.subchunks == 4
    assert [text for _, text in found.faults] == [
        "the index gives subchunk (1, 0) 10 bytes from 500 on, and the shard has 100",
        "the index gives the bytes from 30 on to subchunk (0, 1) and to subchunk (1, 1)",
    ]
