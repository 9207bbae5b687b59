"""Threads that are kept for later calls."""

from __future__ import annotations

import os
import threading

import pytest

from tests.patience import HANG, wait_for
from zarr.crud._stores import helpers
from zarr.crud._stores.helpers import MOST_IDLE, start


def names() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "zarr-crud-helper" in thread.name]


def test_all_work_runs_at_the_same_time() -> None:
    """Catches work that waits for other work, which may wait for it."""
    count = 2 * MOST_IDLE
    met = threading.Barrier(count + 1)

    def meet() -> None:
        met.wait(HANG)

    for _ in range(count):
        start(meet)
    met.wait(HANG)


def test_threads_are_kept_but_not_all() -> None:
    """Catches a thread for each request, and threads that stay after a burst."""
    test_all_work_runs_at_the_same_time()
    wait_for(lambda: len(names()) <= MOST_IDLE + 1, "threads that end")
    before = set(threading.enumerate())
    for _ in range(200):
        done = threading.Event()
        start(done.set)
        assert done.wait(HANG)
    assert len(set(threading.enumerate()) - before) <= 1
    assert all(thread.daemon for thread in threading.enumerate() if thread.name in names())


def test_work_is_done_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches work that is lost, with a traceback, while the interpreter ends."""
    own = helpers._Helpers()
    monkeypatch.setattr(helpers, "_helpers", own)

    def refuse() -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(own, "_begin", refuse)
    for _ in range(3):
        done = threading.Event()
        start(done.set)
        assert done.wait(HANG)


def test_a_forked_child_starts_threads_of_its_own() -> None:
    """Catches work that waits for threads that only the parent has."""
    start(lambda: None)
    child = os.fork()
    if child == 0:
        done = threading.Event()
        start(done.set)
        os._exit(0 if done.wait(HANG) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert helpers._helpers is not None
