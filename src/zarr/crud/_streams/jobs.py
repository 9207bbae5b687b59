"""Calls in other threads, some at a time, which a consumer waits for.

A consumer or producer is interrupted at any moment, and may be forgotten: so it holds no lock that
a thread here waits for, and no thread here holds it.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from zarr.crud._errors import UnsupportedError
from zarr.crud._stores import helpers
from zarr.crud._stores.cancellation import (
    Cancellation,
    check_cancelled,
    context_with,
    when_aborted,
    when_cancelled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from contextvars import Context

    from zarr.crud._streams.pace import Pace


class Job[T]:
    """A call, and its outcome once it has ended."""

    _result: T

    def __init__(
        self, work: Callable[[], T], width: int, chunks: Collection[tuple[int, ...]] = ()
    ) -> None:
        self._work: Callable[[], T] | None = work
        self.width = width
        self.chunks = frozenset(chunks)
        self.context: Context | None = None
        self.error: BaseException | None = None
        self.has_ended = False
        # Whoever makes the entry decides: the call has begun, or it never will.
        self._first: dict[None, bool] = {}

    def run(self) -> None:
        """Make the call, unless it was dropped."""
        work, context = self._work, self.context
        if self._first.setdefault(None, True) and work is not None and context is not None:
            try:
                self._result = context.run(work)
            except BaseException as err:  # noqa: BLE001
                self.error = err
        # What the call holds, such as the values of a write, is freed now.
        self._work = self.context = None
        self.has_ended = True

    def drop(self) -> bool:
        """See that the call never begins; return whether it has not begun."""
        return not self._first.setdefault(None, False)

    def outcome(self) -> T:
        """Return the result, or raise the exception of the call; once."""
        error, self.error = self.error, None
        if error is not None:
            try:
                raise error
            finally:
                # The error's traceback holds this frame.
                del error
        result = self._result
        del self._result
        return result


class Jobs[T]:
    """Jobs that begin in their order. Two that have a chunk in common do not run together.

    The queue of those that have ended wakes whoever waits. An interrupt may lose its items, so an
    end that must be known is seen by `Job.has_ended`, which is set before.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._process = os.getpid()
        self._waiting: deque[Job[T]] = deque()
        self._running: dict[Job[T], None] = {}
        self._ended: SimpleQueue[Job[T] | None] = SimpleQueue()
        # Held by the thread that begins jobs; nobody waits for it.
        self._starting = threading.Lock()
        self._is_stopped = False
        self.cancellation = Cancellation()
        self.on_end: Callable[[], None] = _nothing

    def check_process(self) -> None:
        """Refuse to go on in a forked child.

        Raises
        ------
        UnsupportedError
            The threads that do the work do not exist here, and a wait would never end.
        """
        if self._is_forked():
            raise UnsupportedError(
                "the stream cannot be used in this process, which was forked after it had begun: "
                "its threads do not exist here; begin another one in this process"
            )

    def _is_forked(self) -> bool:
        return os.getpid() != self._process

    def add(self, job: Job[T]) -> None:
        """Begin a job when its turn comes."""
        job.context = context_with(self.cancellation)
        self._waiting.append(job)
        self._begin()

    def _begin(self) -> None:
        # After the lock is free again, because others did not wait for it.
        while self._next() is not None:
            if not self._starting.acquire(blocking=False):
                return
            try:
                while (job := self._next()) is not None:
                    self._running[job] = None
                    # A stop may have come meanwhile.
                    with suppress(IndexError):
                        self._waiting.popleft()
                        helpers.start(partial(self._run, job))
            finally:
                self._starting.release()

    def _next(self) -> Job[T] | None:
        try:
            job = self._waiting[0]
        except IndexError:
            return None
        running = list(self._running)
        width = sum(other.width for other in running)
        if len(running) >= self._pace.calls and width + job.width > self._pace.room:
            return None
        if any(not job.chunks.isdisjoint(other.chunks) for other in running):
            return None
        return None if self._is_stopped else job

    def _run(self, job: Job[T]) -> None:
        job.run()
        self._running.pop(job, None)
        self._ended.put(job)
        del job
        self.on_end()
        self._begin()

    def wait(self) -> Job[T]:
        """Wait until a job has ended, and return it; each is returned once.

        If the running call is cancelled, the wait ends.
        """
        self.check_process()
        with when_cancelled(partial(self._ended.put, None)):
            while (job := self._ended.get()) is None:
                check_cancelled()
        return job

    def poll(self) -> Job[T] | None:
        """Return a job that has ended, if there is one."""
        try:
            return self._ended.get_nowait()
        except Empty:
            return None

    def is_idle(self) -> bool:
        """Return whether a job would begin at once."""
        return not self._waiting and len(self._running) < self._pace.calls

    def stop(self) -> None:
        """Begin no further job."""
        self._is_stopped = True
        self._waiting.clear()

    def end(self, begun: Collection[Job[T]]) -> None:
        """Wait until jobs have ended, even if the running call is cancelled.

        An interrupt of the wait ends the changes under way, and the next one ends the wait. In a
        forked child no job ever ends, so nothing is waited for.
        """
        if self._is_forked():
            return
        with when_aborted(self.cancellation.abort):
            try:
                self._join(begun)
            except BaseException:
                self.cancellation.abort()
                self._join(begun)
                raise

    def _join(self, begun: Collection[Job[T]]) -> None:
        while not all(job.has_ended for job in begun):
            self._ended.get()

    def cancel(self) -> None:
        """Begin no further job, and tell the running ones to end."""
        if not self._is_forked():
            self.stop()
            self.cancellation.cancel()


def _nothing() -> None:
    pass
