"""Interrupts as Ctrl-C makes them, in the middle of what a test runs in this process."""

from __future__ import annotations

import gc
import random
import signal
import statistics
import threading
import time
from typing import TYPE_CHECKING

from tests.patience import in_thread, join, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable


def _is_ended(work: Callable[[], object], arm: Callable[[], object]) -> bool:
    """Run `work` after `arm`, which sends an alarm; whether that ended it as Ctrl-C does."""
    armed = [True]

    def interrupt(*_: object) -> None:
        # One that comes too late finds nobody.
        if armed[0]:
            armed[0] = False
            raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    # Python drops an interrupt that it meets in a callback for an object that was collected.
    gc.disable()
    try:
        arm()
        work()
        armed[0] = False
    except KeyboardInterrupt:
        return True
    finally:
        gc.enable()
    return False


def is_interrupted(when: Callable[[], object], work: Callable[[], object]) -> bool:
    """Run `work`, with an interrupt when something is so; whether that ended it.

    The condition is looked at on another thread, so `work` must let others have their turn.
    """
    main, is_over, senders = threading.get_ident(), threading.Event(), []

    def send() -> None:
        wait_for(lambda: is_over.is_set() or when(), "the moment of the interrupt")
        if not is_over.is_set():
            signal.pthread_kill(main, signal.SIGALRM)

    try:
        return _is_ended(work, lambda: senders.append(in_thread(send)))
    finally:
        is_over.set()
        join(*senders)


class Moments:
    """Interrupts at random moments, of which about half hit a call, however long it takes."""

    def __init__(self, seed: int, work: Callable[[], object]) -> None:
        self._random, self.hits = random.Random(seed), 0
        self._span = 2 * statistics.median(self._duration(work) for _ in range(9))

    @staticmethod
    def _duration(work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    def interrupt(self, work: Callable[[], object]) -> None:
        """Run `work`, with an interrupt at one of the moments."""
        moment = self._random.uniform(0.000001, max(0.00001, self._span))
        if _is_ended(work, lambda: signal.setitimer(signal.ITIMER_REAL, moment)):
            self.hits += 1
            # How long a call takes changes with what else the machine does.
            self._span *= 1.05
        else:
            self._span *= 0.95
        signal.setitimer(signal.ITIMER_REAL, 0)
