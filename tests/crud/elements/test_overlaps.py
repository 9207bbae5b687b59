"""Arrays that may share memory."""

from __future__ import annotations

import numpy as np

from zarr.crud._elements.overlaps import overlapping


def test_arrays_that_enclose_bytes_of_others_overlap() -> None:
    """Catches arrays that are filled at the same time although they share elements."""
    room = np.zeros(100, "i4")
    pairs = room.reshape(50, 2)
    assert overlapping({3: room[:10], 5: room[9:20], 7: room[20:]}) == {3, 5}
    assert overlapping({0: room[:50], 1: room[10:20], 2: room[60:]}) == {0, 1}
    assert overlapping({0: room[10:0:-1], 1: room[:1], 2: room[11:]}) == set()
    assert overlapping({0: pairs[:, 0], 1: pairs[:, 1]}) == {0, 1}
    assert overlapping({0: room, 1: room.copy()}) == set()


def test_a_long_array_overlaps_all_in_it() -> None:
    """Catches arrays that are only compared with their neighbors."""
    room = np.zeros(100, "i4")
    arrays = {n: room[10 * n : 10 * n + 5] for n in range(10)} | {20: room[3:73]}
    assert overlapping(arrays) == {20, *range(8)}


def test_arrays_without_elements_overlap_nothing() -> None:
    """Catches an empty array that has an address inside another."""
    room = np.zeros(10, "i4")
    assert overlapping({0: room, 1: room[5:5]}) == set()
    assert overlapping({}) == set()
