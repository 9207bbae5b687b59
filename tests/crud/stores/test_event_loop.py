"""Coroutines of stores, on zarr's loop, while the caller waits."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from zarr.core.sync import SyncError
from zarr.crud._stores.event_loop import (
    beside_on_loop,
    check_off_loop,
    finish,
    is_synchronous,
    on_loop,
)
from zarr.crud.testing import AsyncOnlyStore, CountingStore
from zarr.storage import LocalStore, LoggingStore, MemoryStore, WrapperStore

if TYPE_CHECKING:
    from pathlib import Path


class ReadsOtherwise(MemoryStore):
    """A store that overrides asynchronous reads only."""

    async def get(self, *args: Any, **options: Any) -> Any:
        return await super().get(*args, **options)


class ReadsBothOtherwise(ReadsOtherwise):
    """A store that overrides asynchronous reads, and then synchronous ones."""

    def get_sync(self, *args: Any, **options: Any) -> Any:
        return super().get_sync(*args, **options)


SYNCHRONOUS: list[Any] = [MemoryStore, CountingStore, ReadsBothOtherwise]
OTHERS: list[Any] = [ReadsOtherwise, AsyncOnlyStore]


def test_a_store_is_synchronous_if_both_kinds_of_methods_do_the_same(tmp_path: Path) -> None:
    """Catches a method of a subclass that is bypassed by an inherited one of the other kind."""
    stores = [*(make() for make in SYNCHRONOUS), LocalStore(tmp_path)]
    others = [make() for make in OTHERS]
    assert [is_synchronous(store) for store in stores] == [True] * 4
    assert [is_synchronous(store) for store in others] == [False] * 2
    for store in others:
        assert not is_synchronous(WrapperStore(store))
        assert not is_synchronous(LoggingStore(WrapperStore(store)))


async def value(result: object, *, after: int = 0) -> Any:
    """A coroutine that suspends a number of times, then returns the result or raises it."""
    for _ in range(after):
        await asyncio.sleep(0)
    if isinstance(result, BaseException):
        raise result
    return result


@pytest.mark.parametrize("after", [0, 3])
def test_a_result_or_an_error_comes_back_from_the_loop(after: int) -> None:
    """Catches a wait that never ends after an error, or an error that is wrapped."""
    assert on_loop(value(7, after=after)) == 7
    assert beside_on_loop(value(7, after=after), lambda: 8) == (7, 8)
    failure = KeyError("x")
    for run in (on_loop, lambda coroutine: beside_on_loop(coroutine, lambda: 8)):
        with pytest.raises(KeyError) as caught:
            run(value(failure, after=after))
        assert caught.value is failure


def test_the_loops_own_thread_does_not_wait_for_itself() -> None:
    """Catches a deadlock of a store that calls these functions."""

    async def nested() -> None:
        with pytest.raises(SyncError):
            on_loop(value(1))
        with pytest.raises(SyncError):
            check_off_loop()

    on_loop(nested())


async def test_other_loops_may_wait_for_zarrs() -> None:
    """Catches an error on a user's own loop, on which waiting is slow but ends."""
    check_off_loop()


def test_work_beside_the_loop_runs_on_the_callers_thread() -> None:
    """Catches other thread-local state in the work, or a coroutine that survives an error."""
    ended = threading.Event()

    async def slow() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    def fail() -> None:
        assert threading.current_thread() is threading.main_thread()
        # Wait until the coroutine has begun.
        on_loop(value(1))
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        beside_on_loop(slow(), fail)
    assert ended.wait(120)


def test_a_coroutine_that_never_suspends_needs_no_loop() -> None:
    """Catches a loop that is started for a memory store, or a dropped suspended coroutine."""
    assert finish(value(7)) == 7
    with pytest.raises(KeyError):
        finish(value(KeyError("x")))
    with pytest.raises(RuntimeError, match="it needs an event loop"):
        finish(value(7, after=1))
