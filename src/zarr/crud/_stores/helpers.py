"""Threads that make requests and process chunks for the calls of this process.

They are daemons, because a request that never ends must not keep the process alive. A call bounds
how many it uses; there is no common bound, or a store that itself calls these functions could wait
for a thread that waits for the store.
"""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_IDLE: Final = 32
"""The most threads that are kept for later calls."""


def start(work: Callable[[], None]) -> None:
    """Run `work`, which must not raise, in another thread.

    Nothing here is locked, so a signal at any moment leaves nothing locked.
    """
    global _helpers
    if _helpers is None:
        _helpers = _Helpers()
    _helpers.queue.put(work)


class _Helpers:
    """A queue of work, and threads of which at least one is idle, so that no work waits.

    Threads start each other: they receive no signals.
    """

    def __init__(self) -> None:
        self.queue: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 1
        self._begin()

    def _begin(self) -> None:
        threading.Thread(target=self._serve, name="zarr-crud-helper", daemon=True).start()

    def _serve(self) -> None:
        while True:
            work = self.queue.get()
            with self._lock:
                is_last = self._idle == 1
                self._idle -= not is_last
            stays_last = is_last and not self._begins()
            work()
            del work
            with self._lock:
                if self._idle >= MOST_IDLE:
                    return
                self._idle += not stays_last

    def _begins(self) -> bool:
        try:
            self._begin()
        except RuntimeError:
            # The interpreter is ending, or there are too many threads: later work waits for this.
            return False
        return True


_helpers: _Helpers | None = None


def _forget() -> None:
    # A forked child does not have the threads of its parent.
    global _helpers
    _helpers = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
