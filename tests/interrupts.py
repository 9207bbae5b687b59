"""Interrupts like those of Ctrl-C, in the middle of what a test runs in this process."""

from __future__ import annotations

import gc
import random
import signal
import statistics
import threading
import time
from typing import TYPE_CHECKING

from tests.patience import HANG, in_thread, join, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable


def _is_ended(work: Callable[[], object], arm: Callable[[], object]) -> bool:
    """Run `work` after `arm`, which sets an alarm; return whether the alarm ended it as Ctrl-C
    does.
    """
    armed = [True]

    def interrupt(*_: object) -> None:
        # An interrupt that comes too late hits nothing.
        if armed[0]:
            armed[0] = False
            raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    # Python drops an interrupt in a callback for a collected object.
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


def alarm(thread: int, is_noticed: Callable[[], object]) -> None:
    """Interrupt a thread that runs the handler of alarms.

    Python does not notice a signal that comes just before one of its waits until that ends, so
    another one is sent after a second.
    """
    for _ in range(int(HANG)):
        signal.pthread_kill(thread, signal.SIGALRM)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if is_noticed():
                return
            time.sleep(0.002)


def is_interrupted(when: Callable[[], object], work: Callable[[], object]) -> bool:
    """Run `work`, with an interrupt when a condition holds; return whether the interrupt ended it.

    Another thread checks the condition, so `work` must release the GIL now and then.
    """
    main, is_over, senders = threading.get_ident(), threading.Event(), []

    def send() -> None:
        wait_for(lambda: is_over.is_set() or when(), "the moment of the interrupt")
        if not is_over.is_set():
            alarm(main, is_over.is_set)

    try:
        return _is_ended(work, lambda: senders.append(in_thread(send)))
    finally:
        is_over.set()
        join(*senders)


class Moments:
    """Interrupts at random moments, about half of which hit a call, however long it takes."""

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
            # The duration of a call depends on other work on the machine.
            self._span *= 1.05
        else:
            self._span *= 0.95
        signal.setitimer(signal.ITIMER_REAL, 0)
