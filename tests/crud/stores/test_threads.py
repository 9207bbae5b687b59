"""Synchronous work in worker threads, for asynchronous callers."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from tests.patience import HANG, until
from zarr.crud._stores import threads
from zarr.crud._stores.threads import run_in_worker

USER: ContextVar[str] = ContextVar("user", default="nobody")


async def test_a_call_runs_in_a_worker_with_the_context_of_the_caller() -> None:
    """Catches a call that blocks the loop, or that sees another configuration than its caller."""
    USER.set("somebody")

    def work(number: int, *, word: str) -> tuple[int, str, str, str]:
        found = (number, word, USER.get(), threading.current_thread().name)
        USER.set("the worker")
        return found

    number, word, user, thread = await run_in_worker(work, 7, word="x")
    assert (number, word, user) == (7, "x", "somebody")
    assert thread.startswith("zarr-crud")
    assert USER.get() == "somebody"


async def test_an_error_of_a_call_is_raised_unchanged() -> None:
    """Catches an error that is wrapped."""
    failure = KeyError("x")

    def work() -> None:
        raise failure

    with pytest.raises(KeyError) as caught:
        await run_in_worker(work)
    assert caught.value is failure


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancelled_call_is_awaited_to_its_end(fails: bool) -> None:
    """Catches a write that takes effect after its caller was told that it was cancelled."""
    begun, go, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(HANG)
        ended.set()
        if fails:
            raise OSError("no space")

    task = asyncio.ensure_future(run_in_worker(work))
    await until(begun.is_set, "a start")
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_a_call_that_has_not_begun_never_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a cancelled call that waits for a free thread and then runs."""
    monkeypatch.setattr(threads, "_executor", None)
    monkeypatch.setattr(threads, "WORKERS", 1)
    go = threading.Event()
    ran: list[int] = []
    first = asyncio.ensure_future(run_in_worker(go.wait, HANG))
    second = asyncio.ensure_future(run_in_worker(ran.append, 1))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go.set()
    assert await first
    await run_in_worker(int)
    assert ran == []


async def test_a_forked_child_starts_threads_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a call that waits for threads that only the parent has."""
    monkeypatch.setattr(threads, "_executor", None)
    before = threads._workers()
    assert threads._workers() is before
    threads._forget()
    after = threads._workers()
    assert after is not before
    after.shutdown()
    monkeypatch.setattr(threads, "_executor", None)
    assert await run_in_worker(int) == 0
