"""Stores that need an event loop: their coroutines run on zarr's loop while the caller waits.

If an exception such as Ctrl-C ends a wait, no task that changes the store may keep running.
"""

from __future__ import annotations

import asyncio
import threading
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import zarr.core.sync as zarr_sync
from zarr.abc.store import Store, _store_supports_sync_io
from zarr.core.common import concurrent_iter
from zarr.core.config import config
from zarr.core.sync import SyncError
from zarr.storage import WrapperStore

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Awaitable, Callable, Coroutine, Sequence


def is_synchronous(store: Store) -> bool:
    """Return whether the synchronous methods of a store do the same as its asynchronous ones."""
    if _store_supports_sync_io(store) and _are_of_one_mind(type(store)):
        return not isinstance(store, WrapperStore) or is_synchronous(store._store)
    return False


@cache
def _are_of_one_mind(store_type: type[object]) -> bool:
    # A subclass that overrides only `get` changes reads of both kinds, but an inherited `get_sync`
    # bypasses the override.
    def place(name: str) -> int:
        bases = store_type.__mro__
        return next((n for n, base in enumerate(bases) if name in vars(base)), len(bases))

    return all(place(name) >= place(f"{name}_sync") for name in ("get", "set", "delete"))


def on_loop[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that changes nothing; an interrupted wait cancels it.

    Raises
    ------
    zarr.core.sync.SyncError
        This is the loop's own thread, so the wait would never end.
    """
    run = _Run(coroutine)
    try:
        return run.wait()
    except BaseException:
        run.cancel()
        raise


def beside_on_loop[T, U](coroutine: Coroutine[Any, Any, T], work: Callable[[], U]) -> tuple[T, U]:
    """Run a coroutine that changes nothing while `work` runs here; return both results.

    Raises
    ------
    zarr.core.sync.SyncError
        This is the loop's own thread, so the wait would never end.
    """
    run = _Run(coroutine)
    run.start()
    try:
        done = work()
        return run.result(), done
    except BaseException:
        run.cancel()
        raise


def change_on_loop[*Ts](
    function: Callable[[*Ts], Awaitable[object]], calls: Sequence[tuple[*Ts]]
) -> None:
    """Run calls that change a store, many at a time; return when none is running any more.

    After an error or an interrupt, no further call begins, and the running ones are completed. A
    second interrupt cancels them. A third stops waiting for those that ignore the cancellation.

    Raises
    ------
    zarr.core.sync.SyncError
        This is the loop's own thread, so the wait would never end.
    """
    failures: list[BaseException] = []

    async def one(*arguments: *Ts) -> None:
        if not failures:
            try:
                await function(*arguments)
            except BaseException as err:
                failures.append(err)
                if isinstance(err, asyncio.CancelledError):
                    raise

    async def to_the_last() -> None:
        tasks = concurrent_iter(calls, one, config.get("async.concurrency"))
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            # `gather` raises this as soon as one task has ended, while the others may still run.
            await asyncio.wait(tasks)
            raise

    run = _Run(to_the_last())
    try:
        run.wait()
    except BaseException as err:
        failures.append(err)
        try:
            run.end()
        except BaseException:
            # After a second interrupt, do not wait for a slow store, and do not let its calls land
            # later.
            run.cancel()
            run.end()
            raise
        raise
    if failures:
        raise failures[0]


class _Run[T]:
    """A coroutine on zarr's loop, with a record of whether it is still running.

    It waits only for bare locks. A signal can interrupt a compound object, such as a future,
    between its steps, and leave it locked for the loop.
    """

    _result: T

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._task: Task[None] | None = None
        self._failure: BaseException | None = None
        self._is_done = False
        self._end = threading.Lock()
        self._end.acquire()
        # Whoever makes the entry decides: the coroutine has begun, or it never will.
        self._first: dict[None, Literal["loop", "caller"]] = {}

    def wait(self) -> T:
        self.start()
        return self.result()

    def start(self) -> None:
        loop = _zarr_loop()
        if asyncio._get_running_loop() is loop:
            self._coroutine.close()
            raise SyncError("Calling sync() from within a running loop")
        loop.call_soon_threadsafe(self._begin, loop)

    def result(self) -> T:
        self._end.acquire()
        if self._failure is not None:
            raise self._failure
        return self._result

    def _begin(self, loop: AbstractEventLoop) -> None:
        if self._first.setdefault(None, "loop") == "loop":
            self._task = loop.create_task(self._work())

    async def _work(self) -> None:
        try:
            self._result = await self._coroutine
        except BaseException as err:  # noqa: BLE001
            self._failure = err
        finally:
            self._is_done = True
            self._end.release()

    def _is_at_work(self) -> bool:
        if self._first.setdefault(None, "caller") == "caller":
            self._coroutine.close()
            return False
        return not self._is_done

    def cancel(self) -> None:
        if self._is_at_work() and self._task is not None:
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def end(self) -> None:
        if self._is_at_work():
            self._end.acquire()


def _zarr_loop() -> AbstractEventLoop:
    if config.get("threading.max_workers", None) is not None:
        # This creates the executor with that many threads and gives it to the loop.
        zarr_sync._get_executor()
    return zarr_sync._get_loop()


def finish[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("the coroutine suspended; it needs an event loop")
