"""Many requests to an asynchronous store at a time, on zarr's loop, while the caller waits.

If an exception such as Ctrl-C ends a wait, no task that changes the store may keep running.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from zarr.core.common import concurrent_iter
from zarr.crud._stores.cancellation import (
    check_cancelled,
    context_with,
    when_aborted,
    when_cancelled,
)
from zarr.crud._stores.event_loop import Run, on_loop
from zarr.crud._stores.in_flight import requests_in_flight
from zarr.crud._stores.unknown import note_unknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence


def read_on_loop[*Ts, T](
    read: Callable[[*Ts], Awaitable[T]], calls: Sequence[tuple[*Ts]]
) -> list[T]:
    """Make calls that read from a store, many at a time; return the results in order.

    After a failure, no further call begins, and the first failure in the order of the calls is
    raised. An interrupt or cancellation of the wait cancels the running calls.

    Raises
    ------
    zarr.core.sync.SyncError
        This is the loop's own thread, so the wait would never end.
    """
    many = _Many(read, calls)
    try:
        on_loop(many.make())
    except BaseException:
        many.stop()
        raise
    many.check()
    return [many.made[at] for at in range(len(calls))]


def change_on_loop[*Ts](
    function: Callable[[str, *Ts], Awaitable[object]], calls: Sequence[tuple[str, *Ts]]
) -> None:
    """Run calls that change a store, many at a time; return when none is running any more.

    The key is the first argument of a call. After an error, an interrupt or a cancellation, no
    further call begins, and the running ones are completed. A second interrupt cancels them. A
    third stops waiting for those that ignore the cancellation.

    Raises
    ------
    zarr.core.sync.SyncError
        This is the loop's own thread, so the wait would never end.
    """
    check_cancelled()
    many = _Many(function, calls)
    # A store that calls the functions of this package must complete what it has begun.
    run = Run(many.make(), context_with(None))
    try:
        with when_cancelled(many.stop), when_aborted(partial(_end, run, [])):
            run.start()
            run.finish()
    except BaseException:
        many.stop()
        try:
            run.end()
        except BaseException as second:
            # Do not wait for a slow store, and do not let its calls land later.
            note_unknown(second, many.keys())
            run.cancel()
            try:
                run.end()
            except BaseException as third:
                note_unknown(third, many.keys())
                raise
            raise
        raise
    check_cancelled()
    many.check()


def _end(run: Run[None], before: list[None]) -> None:
    """Cancel a run, and the second time leave it: it does not react."""
    if before:
        run.abandon()
    else:
        run.cancel()
    before.append(None)


class _Many[*Ts, T]:
    """Calls that run on the loop, as many at a time as zarr's configuration allows."""

    def __init__(
        self, function: Callable[[*Ts], Awaitable[T]], calls: Sequence[tuple[*Ts]]
    ) -> None:
        self._function, self._calls = function, calls
        self._stops = False
        self._running: set[int] = set()
        self._failures: dict[int, BaseException] = {}
        self.made: dict[int, T] = {}

    def stop(self) -> None:
        """Begin no further call."""
        self._stops = True

    def keys(self) -> list[str]:
        """Return the first arguments of the running calls."""
        calls: Sequence[tuple[object, ...]] = self._calls
        return [str(calls[at][0]) for at in list(self._running)]

    def check(self) -> None:
        """Raise the first failure."""
        if self._failures:
            failure = self._failures[min(self._failures)]
            self._failures.clear()
            try:
                raise failure
            finally:
                # The error's traceback holds this frame.
                del failure

    async def make(self) -> None:
        """Make the calls; return when none is running any more."""
        numbers = [(at,) for at in range(len(self._calls))]
        tasks = concurrent_iter(numbers, self._one, requests_in_flight())
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            # `gather` raises this as soon as one task has ended, while the others may still run.
            await asyncio.wait(tasks)
            raise

    async def _one(self, at: int) -> None:
        if self._stops:
            return
        self._running.add(at)
        try:
            self.made[at] = await self._function(*self._calls[at])
        except BaseException as err:
            self._failures[at] = err
            self._stops = True
            if isinstance(err, asyncio.CancelledError):
                raise
        finally:
            self._running.discard(at)
