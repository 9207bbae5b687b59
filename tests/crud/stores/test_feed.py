"""Requests on zarr's loop whose results are taken as they arrive."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import zarr
from tests.patience import HANG, until, wait_for
from zarr.core.sync import SyncError
from zarr.crud._stores.event_loop import on_loop
from zarr.crud._stores.feed import Arrived, Feed


def _keys(count: int) -> list[tuple[tuple[int, int], tuple[int]]]:
    return [((number, 0), (number,)) for number in range(count)]


def _all(feed: Feed[Any, Any, Any], count: int) -> list[Arrived[Any, Any]]:
    found: list[Arrived[Any, Any]] = []
    while len(found) < count:
        found += feed.take()
    assert len(found) == count
    return found


def test_a_slow_call_does_not_hold_back_the_others() -> None:
    """Catches batches: their borders wait for the slowest call."""
    ended: list[int] = []
    running = most = 0

    async def read(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if number == 0:
            await until(lambda: len(ended) == 49, "the others")
        await asyncio.sleep(0)
        ended.append(number)
        running -= 1
        return -number

    with zarr.config.set({"array.requests_in_flight": 3}):
        feed: Feed[Any, Any, Any] = Feed(read)
    feed.ask(_keys(20))
    feed.ask([((number, 0), (number,)) for number in range(20, 50)])
    found = _all(feed, 50)
    assert sorted(found) == [((number, 0), -number, None) for number in range(50)]
    assert found[-1].result == 0
    assert most == 3


def test_no_call_of_a_later_job_begins_after_a_failure() -> None:
    """Catches requests for what nobody needs, and a wait for calls that never begin."""
    failure, begun = OSError("no"), []

    async def read(number: int) -> int:
        begun.append(number)
        await asyncio.sleep(0)
        if number == 3:
            raise failure
        return number

    with zarr.config.set({"array.requests_in_flight": 2}):
        feed: Feed[Any, Any, Any] = Feed(read)
    feed.ask([*_keys(9), ((3, 1), (33,)), ((2, 1), (22,))])
    found = {arrived.key: arrived for arrived in _all(feed, 11)}
    assert found[3, 0].failure is failure
    assert found[3, 1].result == 33
    assert found[2, 1].result == 22
    assert found[8, 0] == ((8, 0), None, None)
    assert begun == [0, 1, 2, 3, 4, 33, 22] or begun == [0, 1, 2, 3, 33, 22]
    feed.stop_after(1)
    feed.ask([((2, 2), (5,)), ((1, 1), (6,))])
    assert [arrived.result for arrived in _all(feed, 2)] == [None, 6]


def test_closing_cancels_what_runs_and_begins_nothing() -> None:
    """Catches requests that go on after their call."""
    begun, cancelled = [], []

    async def read(number: int) -> None:
        begun.append(number)
        try:
            await asyncio.sleep(HANG)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    with zarr.config.set({"array.requests_in_flight": 2}):
        feed: Feed[Any, Any, Any] = Feed(read)
    feed.ask(_keys(9))
    wait_for(lambda: len(begun) == 2, "the first calls")
    feed.close()
    wait_for(lambda: len(cancelled) == 2, "the cancellation")
    on_loop(asyncio.sleep(0.01))
    assert begun == [0, 1]


def test_the_loops_own_thread_does_not_wait_for_itself() -> None:
    """Catches a deadlock of a store that reads through us."""

    async def nested() -> None:
        with pytest.raises(SyncError):
            Feed(asyncio.sleep)

    on_loop(nested())
