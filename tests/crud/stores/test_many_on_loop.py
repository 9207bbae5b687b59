"""Many requests on zarr's loop at a time, while the caller waits."""

from __future__ import annotations

import asyncio

import pytest

import zarr
from zarr.core.sync import SyncError
from zarr.crud._stores.event_loop import on_loop
from zarr.crud._stores.many_on_loop import change_on_loop, read_on_loop


def test_the_loops_own_thread_does_not_wait_for_itself() -> None:
    """Catches a deadlock of a store that calls these functions."""

    async def answer(key: str) -> str:
        return key

    async def nested() -> None:
        for call in (change_on_loop, read_on_loop):
            with pytest.raises(SyncError):
                call(answer, [("a",)])

    on_loop(nested())


@pytest.mark.parametrize("concurrency", [1, 2, 64])
def test_no_call_begins_after_an_error_and_all_that_run_are_completed(concurrency: int) -> None:
    """Catches a change that takes effect after the caller was told of the error."""
    begun, ended = [], []

    async def change(key: str) -> None:
        number = int(key)
        begun.append(number)
        await asyncio.sleep(0)
        if number == 1:
            raise OSError("no space")
        await asyncio.sleep(0)
        ended.append(number)

    calls = [(str(number),) for number in range(9)]
    with (
        zarr.config.set({"async.concurrency": concurrency}),
        pytest.raises(OSError, match="no space"),
    ):
        change_on_loop(change, calls)
    assert sorted([*ended, 1]) == sorted(begun)
    assert len(begun) < 9 or concurrency == 64


def test_all_calls_of_a_change_are_made() -> None:
    """Catches a call that is omitted or made twice, or a change without calls that fails."""
    done: list[int] = []

    async def change(key: str) -> None:
        done.append(int(key))

    change_on_loop(change, [(str(number),) for number in range(200)])
    change_on_loop(change, [])
    assert sorted(done) == list(range(200))
