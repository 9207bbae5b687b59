"""Requests to an asynchronous store whose results are taken as they arrive, on zarr's loop."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from zarr.crud._stores.cancellation import check_cancelled, when_cancelled
from zarr.crud._stores.event_loop import check_off_loop, zarr_loop
from zarr.crud._stores.in_flight import requests_in_flight
from zarr.crud._stores.latch import Latch

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Awaitable, Callable, Iterable


class Arrived[K, T](NamedTuple):
    """The result of a call, or its failure; neither if the call was omitted."""

    key: K
    result: T | None
    failure: BaseException | None


class Feed[K: tuple[int, ...], *Ts, T]:
    """Calls that read from a store, begun in the order in which they are asked for.

    As many run at a time as `requests_in_flight` says: when one ends, the next begins. A key is a
    tuple; its first number is that of a job. After a failure, no call of a later job begins. Only
    one thread uses a feed.

    Raises
    ------
    zarr.core.sync.SyncError
        This is the loop's own thread, so a wait would never end.
    """

    def __init__(self, read: Callable[[*Ts], Awaitable[T]]) -> None:
        check_off_loop()
        self._read = read
        self._most = requests_in_flight()
        self._loop = zarr_loop()
        self._asked: deque[tuple[K, tuple[*Ts]]] = deque()
        self._arrived: deque[Arrived[K, T]] = deque()
        # A bare lock: see `Run`.
        self._changed = Latch()
        self._running: set[Task[None]] = set()
        self._last: int | None = None
        self._is_closed = False

    def ask(self, calls: Iterable[tuple[K, tuple[*Ts]]]) -> None:
        """Make calls, after those that were asked for before."""
        self._asked.extend(calls)
        self._loop.call_soon_threadsafe(self._begin)

    def take(self) -> list[Arrived[K, T]]:
        """Wait for a result, and return all that have arrived."""
        with when_cancelled(self._changed.open):
            while not self._arrived:
                check_cancelled()
                self._changed.wait()
        check_cancelled()
        return [self._arrived.popleft() for _ in range(len(self._arrived))]

    def stop_after(self, job: int) -> None:
        """Begin no call of a later job; those asked for count as arrived."""
        self._last = job if self._last is None else min(job, self._last)
        self._loop.call_soon_threadsafe(self._begin)

    def close(self) -> None:
        """Cancel the running calls, and begin no other."""
        self._is_closed = True
        if self._running or self._asked:
            # Nothing runs on a closed loop.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        self._asked.clear()
        for task in self._running:
            task.cancel()

    def _begin(self) -> None:
        while self._asked and not self._is_closed:
            key, call = self._asked[0]
            if self._last is not None and key[0] > self._last:
                self._put(Arrived(key, None, None))
            elif len(self._running) < self._most:
                task = self._loop.create_task(self._one(key, call))
                self._running.add(task)
                task.add_done_callback(self._ended)
            else:
                return
            self._asked.popleft()

    def _ended(self, task: Task[None]) -> None:
        self._running.discard(task)
        self._begin()

    async def _one(self, key: K, call: tuple[*Ts]) -> None:
        try:
            result = await self._read(*call)
        except BaseException as err:
            self._last = key[0] if self._last is None else min(key[0], self._last)
            self._put(Arrived(key, None, err))
            if isinstance(err, asyncio.CancelledError):
                raise
        else:
            self._put(Arrived(key, result, None))

    def _put(self, arrived: Arrived[K, T]) -> None:
        self._arrived.append(arrived)
        self._changed.open()
