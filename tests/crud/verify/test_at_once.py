"""Work in several threads: all of it, in bounded memory, and stopped by its consumer."""

from __future__ import annotations

import threading

import pytest

from zarr.crud._streams.groups import Entry
from zarr.crud._streams.pace import AHEAD, Pace
from zarr.crud._verify.at_once import outcomes

PACE = Pace(group=1, calls=2, room=4, unit=1)


def test_every_group_has_its_outcome() -> None:
    """Catches a group that is lost or done twice."""
    groups = [[Entry(number, 1, ())] for number in range(50)]
    assert sorted(outcomes(PACE, groups, sum)) == list(range(50))
    assert list(outcomes(PACE, [], sum)) == []


def test_no_more_is_under_way_than_memory_allows() -> None:
    """Catches large groups that all begin at once."""
    lock, running, most = threading.Lock(), [0], [0]

    def work(_: list[int]) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.002)
        with lock:
            running[0] -= 1

    groups = [[Entry(number, AHEAD, ())] for number in range(10)]
    assert len(list(outcomes(PACE, groups, work))) == 10
    assert most == [1]


def test_an_exception_ends_the_work() -> None:
    """Catches groups that go on after their consumer has left."""
    done: list[int] = []

    def work(items: list[int]) -> int:
        if items == [3]:
            raise KeyboardInterrupt
        done.extend(items)
        return 0

    with pytest.raises(KeyboardInterrupt):
        list(outcomes(PACE, ([Entry(number, 1, ())] for number in range(1000)), work))
    assert len(done) < 1000
