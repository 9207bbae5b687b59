"""How tests wait: for a condition, with a limit that only turns a hang into a failure.

A busy machine may take a hundred times as long for anything. So no test sleeps until something has
surely happened, and none fails because something took long: tests wait for conditions, and count
operations, or compare times on the same machine, where speed matters.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HANG: Final = 120.0
"""Seconds after which a call is taken to hang; the limit of pytest itself is later."""

A_WHILE: Final = 0.2
"""Seconds to look on where nothing may happen; on a busy machine a test sees less, and passes."""


def wait_for(condition: Callable[[], object], what: str, seconds: float = HANG) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} took longer than {seconds} s"
        time.sleep(0.002)


async def until(condition: Callable[[], object], what: str, seconds: float = HANG) -> None:
    """Wait until a condition holds, in an event loop."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} took longer than {seconds} s"
        await asyncio.sleep(0.002)


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """A started thread that does not keep the process alive."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def join(*threads: threading.Thread) -> None:
    """Wait for threads, none of which may hang."""
    end = time.monotonic() + HANG
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    assert not [thread for thread in threads if thread.is_alive()], "a thread hangs"
