"""Calls in other threads: in order, limited, and ended whatever happens to whoever waits."""

from __future__ import annotations

import gc
import threading
import weakref
from functools import partial
from typing import Any

import pytest

from tests.patience import A_WHILE, HANG, wait_for
from zarr.crud._errors import UnsupportedError
from zarr.crud._stores.cancellation import (
    Cancellation,
    CancelledCall,
    check_cancelled,
    context_with,
)
from zarr.crud._streams.jobs import Job, Jobs
from zarr.crud._streams.pace import Pace


class Gate:
    """Calls that wait until they are let through, and a record of those that began."""

    def __init__(self) -> None:
        self.began: list[int] = []
        self.opened: dict[int, threading.Event] = {}

    def job(self, number: int, width: int = 1, chunks: Any = ()) -> Job[int]:
        event = self.opened[number] = threading.Event()

        def work() -> int:
            self.began.append(number)
            assert event.wait(HANG)
            return number

        return Job(work, width, chunks)

    def open(self, *numbers: int) -> None:
        for number in numbers:
            self.opened[number].set()


def jobs_of(calls: int = 2, room: int = 2) -> Jobs[Any]:
    return Jobs(Pace(1, calls, room, 1))


def test_only_so_many_run_at_a_time() -> None:
    """Catches all calls begun at once, and later ones that are never begun."""
    gate, jobs = Gate(), jobs_of(calls=1, room=4)
    for number, width in enumerate([3, 1, 1, 9]):
        jobs.add(gate.job(number, width))
    wait_for(lambda: len(gate.began) == 2, "two jobs that have room together")
    assert not jobs.is_idle()
    gate.open(0)
    assert jobs.wait().outcome() == 0
    wait_for(lambda: 2 in gate.began, "the next job")
    assert 3 not in gate.began
    gate.open(1, 2, 3)
    assert {jobs.wait().outcome() for _ in range(3)} == {1, 2, 3}
    wait_for(jobs.is_idle, "the end of all")


def test_jobs_with_a_chunk_in_common_run_in_order() -> None:
    """Catches two writes of a chunk at a time, of which the first may end last."""
    gate, jobs = Gate(), jobs_of(calls=4, room=4)
    for number, chunks in enumerate([[(0,)], [(1,)], [(0,), (2,)], [(3,)]]):
        jobs.add(gate.job(number, chunks=chunks))
    wait_for(lambda: len(gate.began) == 2, "two jobs of different chunks")
    gate.open(1)
    assert jobs.wait().outcome() == 1
    assert sorted(gate.began) == [0, 1]
    gate.open(0, 2, 3)
    assert {jobs.wait().outcome() for _ in range(3)} == {0, 2, 3}
    assert gate.began.index(2) > gate.began.index(0)


def test_many_jobs_all_end() -> None:
    """Catches a job that nobody begins, because two threads left it to each other."""
    jobs, count = jobs_of(calls=3, room=3), 3000
    for number in range(count):
        jobs.add(Job(partial(int, number), 1, [(number % 5,)]))
    assert {jobs.wait().outcome() for _ in range(count)} == set(range(count))


def test_an_exception_is_the_outcome_of_its_job() -> None:
    """Catches an exception that ends the thread, and others with it."""
    jobs, failure = jobs_of(), KeyError("x")

    def fail() -> None:
        raise failure

    jobs.add(Job(fail, 1))
    jobs.add(Job(lambda: 1, 1))
    ended = [jobs.wait(), jobs.wait()]
    failed = next(job for job in ended if job.error)
    with pytest.raises(KeyError) as caught:
        failed.outcome()
    assert caught.value is failure


def test_nothing_begins_after_a_stop() -> None:
    """Catches a job that is begun by the end of another after the stream was closed."""
    gate, jobs = Gate(), jobs_of(calls=1, room=1)
    first, second = gate.job(0), gate.job(1)
    jobs.add(first)
    jobs.add(second)
    wait_for(lambda: gate.began, "the first job")
    jobs.stop()
    assert not first.drop()
    assert second.drop()
    gate.open(0, 1)
    jobs.end([first])
    assert first.has_ended
    threading.Event().wait(A_WHILE)
    assert gate.began == [0]


def test_a_cancellation_reaches_the_running_jobs() -> None:
    """Catches reads that go on for nobody."""
    jobs, began = jobs_of(), threading.Event()

    def work() -> None:
        began.set()
        wait_for(lambda: check_cancelled(), "the cancellation")

    job = Job(work, 1)
    jobs.add(job)
    assert began.wait(HANG)
    jobs.cancel()
    wait_for(lambda: job.has_ended, "the end of the job")
    with pytest.raises(CancelledCall):
        job.outcome()


def test_the_cancellation_of_the_waiting_call_ends_its_wait() -> None:
    """Catches a stream in a worker thread that outlives the task that awaits it."""
    gate, jobs, cancellation = Gate(), jobs_of(), Cancellation()
    jobs.add(gate.job(0))

    def wait() -> None:
        with pytest.raises(CancelledCall):
            jobs.wait()

    thread = threading.Thread(target=context_with(cancellation).run, args=(wait,), daemon=True)
    thread.start()
    cancellation.cancel()
    thread.join(HANG)
    assert not thread.is_alive()
    gate.open(0)


def test_what_a_job_holds_is_freed_when_it_has_ended() -> None:
    """Catches values or results that live as long as the stream."""

    class Held:
        pass

    def copy(held: Held) -> Held:
        return held

    held, jobs = Held(), jobs_of()
    alive = weakref.ref(held)
    job = Job(partial(copy, held), 1)
    jobs.add(job)
    del held
    assert jobs.wait() is job
    job.outcome()
    gc.collect()
    wait_for(lambda: alive() is None, "the release of the result")


def test_another_process_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a forked child that waits for threads of its parent."""
    jobs = jobs_of()
    jobs.check_process()
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(UnsupportedError, match="forked after it had begun"):
        jobs.check_process()
    jobs.cancel()
    assert not jobs.cancellation.is_cancelled
