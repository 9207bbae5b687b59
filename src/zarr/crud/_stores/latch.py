"""A wait that another thread ends."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock


class Latch:
    """Closed until another thread opens it; it then lets one wait pass.

    It is a bare lock. A signal can interrupt a compound object, such as an event, between its
    steps, and leave it locked for the other thread.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._lock.acquire()

    def open(self) -> None:
        """Let a wait pass, now or later; opening twice lets one pass."""
        with suppress(RuntimeError):
            self._lock.release()

    def wait(self, seconds: float = -1) -> None:
        """Wait until the latch is open, and close it; at most so long, if it is not negative."""
        self._lock.acquire(timeout=seconds)
