"""Calls that end in the middle of chunks that network threads write into `out`."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from tests.interrupts import is_interrupted
from tests.patience import A_WHILE, HANG
from tests.remote import stores
from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server

COUNT: Final = 64
ROWS: Final = 64
"""Rows of 4 KiB of a chunk."""

BEGUN: Final = 8
"""Rows that are sent before the pause."""

ROUNDS: Final = 40
"""Requests are aborted so soon that few calls would show what is written too late."""


class Bodies:
    """Chunks whose first rows are sent, and the rest once the call is about to end."""

    def __init__(self, server: Server) -> None:
        stores.make(server, (COUNT * ROWS, 1024), chunks=(ROWS, 1024))
        store = stores.native(server)
        self.call: dict[str, Any] = {
            "metadata": crud.read_metadata(store),
            "store": store,
            "selection": ...,
            "engine": "zarrs",
        }
        self.act: Callable[[], object] | None = None
        """What ends the call; without it, a chunk is refused."""

        self._may_go_on = threading.Event()
        self._ended: list[tuple[Any, Any]] = []
        server.hook = self._hook

    def begin(self) -> None:
        """Prepare another call."""
        self._may_go_on.clear()
        self.call["out"] = np.zeros((COUNT * ROWS, 1024), "i4")

    def _hook(self, request: Request, reply: Reply) -> None:
        if request.path.endswith("/c/1/0"):
            reply.status, reply.body, reply.when = 403, b"", self._is_refused
        elif "/c/" in request.path:
            reply.pause = BEGUN * 4096
            # One never goes on, so that no call ends by itself.
            ends = not request.path.endswith("/c/0/0")
            reply.goes_on = self._may_go_on.is_set if ends else None

    def _is_refused(self) -> bool:
        if self._has_gone_on() and self.act is not None:
            self.act()
        return self.act is None and self._has_gone_on()

    def _has_gone_on(self) -> bool:
        """Let the bodies go on once all have begun; return whether any of the rest was written."""
        rows = self.call["out"][2 * ROWS :, 0]
        if np.all(rows[BEGUN - 1 :: ROWS]):
            self._may_go_on.set()
        return bool(np.any(rows[BEGUN::ROWS]))

    def read(self) -> None:
        """Read until something ends the call."""
        try:
            crud.read_region(**self.call)
        finally:
            self.end()

    def end(self) -> None:
        """Look at what the call has written, an element of each row."""
        rows = self.call["out"][:, 0]
        self._ended.append((rows.copy(), rows))

    def assert_nothing_came_later(self, *, is_last: bool) -> None:
        """Compare what calls had written when they ended; the bodies have gone on meanwhile."""
        if is_last:
            time.sleep(A_WHILE)
        while len(self._ended) > (not is_last):
            seen, rows = self._ended.pop(0)
            assert np.array_equal(rows, seen)


async def test_nothing_is_written_after_a_cancellation(server: Server) -> None:
    """Catches a network thread that writes to memory that has another use by now."""
    bodies = Bodies(server)
    for number in range(ROUNDS):
        bodies.begin()
        task = asyncio.ensure_future(crud.read_region_async(**bodies.call))
        bodies.act = partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel)
        await asyncio.wait([task], timeout=HANG)
        bodies.end()
        assert task.cancelled()
        bodies.assert_nothing_came_later(is_last=number == ROUNDS - 1)


def test_nothing_is_written_after_an_interrupt(server: Server) -> None:
    """Catches a network thread that writes after Ctrl-C."""
    # A signal is seen so late that more rounds would show no more than those of the next test.
    bodies, moment = Bodies(server), threading.Event()
    bodies.act = moment.set

    for number in range(5):
        bodies.begin()
        moment.clear()
        assert is_interrupted(lambda: moment.wait(1), bodies.read)
        bodies.assert_nothing_came_later(is_last=number == 4)


def test_nothing_is_written_after_an_error(server: Server) -> None:
    """Catches a network thread that writes after another chunk has failed."""
    bodies = Bodies(server)
    for number in range(ROUNDS):
        bodies.begin()
        with pytest.raises(Exception, match="c/1/0"):
            bodies.read()
        bodies.assert_nothing_came_later(is_last=number == ROUNDS - 1)
