"""Stores that need an event loop: their coroutines run on zarr's loop while the caller waits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import zarr.core.sync as zarr_sync
from zarr.abc.store import Store, _store_supports_sync_io
from zarr.core.config import config
from zarr.core.sync import SyncError
from zarr.crud._stores.cancellation import check_cancelled, when_cancelled
from zarr.crud._stores.latch import Latch
from zarr.storage import MemoryStore, WrapperStore

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Callable, Coroutine
    from contextvars import Context


def is_synchronous(store: Store) -> bool:
    """Return whether the synchronous methods of a store do the same as its asynchronous ones."""
    # The check of a protocol takes as long as the rest of a small read from memory.
    if type(store) is MemoryStore:
        return True
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


def check_off_loop() -> None:
    """Refuse to wait on the thread of zarr's loop for what runs there.

    Raises
    ------
    zarr.core.sync.SyncError
        This is the loop's own thread, so the wait would never end.
    """
    running = asyncio._get_running_loop()
    if running is not None and running is zarr_loop():
        raise SyncError("Calling sync() from within a running loop")


def on_loop[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that changes nothing; an interrupt or cancellation of the wait cancels it.

    Raises
    ------
    zarr.core.sync.SyncError
        This is the loop's own thread, so the wait would never end.
    """
    run = Run(coroutine)
    try:
        check_cancelled()
        run.start()
        return run.result()
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
    run = Run(coroutine)
    try:
        check_cancelled()
        run.start()
        done = work()
        return run.result(), done
    except BaseException:
        run.cancel()
        raise


class Run[T]:
    """A coroutine on zarr's loop, with a record of whether it is still running.

    It waits only for bare locks. A signal can interrupt a compound object, such as a future,
    between its steps, and leave it locked for the loop.
    """

    _result: T

    def __init__(self, coroutine: Coroutine[Any, Any, T], context: Context | None = None) -> None:
        self._coroutine = coroutine
        self._context = context
        self._task: Task[None] | None = None
        self._failure: BaseException | None = None
        self._is_done = self._is_cancelled = False
        # Two, because a cancelled wait may be followed by a wait for the end.
        self._changed, self._end = Latch(), Latch()
        # Whoever makes the entry decides: the coroutine has begun, or it never will.
        self._first: dict[None, Literal["loop", "caller"]] = {}

    def start(self) -> None:
        """Start the coroutine."""
        loop = zarr_loop()
        if asyncio._get_running_loop() is loop:
            self._coroutine.close()
            raise SyncError("Calling sync() from within a running loop")
        loop.call_soon_threadsafe(self._begin, loop, context=self._context)

    def result(self) -> T:
        """Wait for the result, or until the running call is cancelled."""
        with when_cancelled(self._changed.open):
            self._changed.wait()
        check_cancelled()
        return self._outcome()

    def finish(self) -> T:
        """Wait for the result, even if the running call is cancelled."""
        self._end.wait()
        return self._outcome()

    def _outcome(self) -> T:
        failure, self._failure = self._failure, None
        if failure is not None:
            try:
                raise failure
            finally:
                # The error's traceback holds this frame.
                del failure
        return self._result

    def _begin(self, loop: AbstractEventLoop) -> None:
        if self._first.setdefault(None, "loop") == "loop":
            self._task = loop.create_task(self._work())

    async def _work(self) -> None:
        try:
            if self._is_cancelled:
                self._coroutine.close()
                raise asyncio.CancelledError  # noqa: TRY301
            self._result = await self._coroutine
        except BaseException as err:  # noqa: BLE001
            self._failure = err
        finally:
            self._is_done = True
            self._changed.open()
            self._end.open()

    def _is_at_work(self) -> bool:
        if self._first.setdefault(None, "caller") == "caller":
            self._coroutine.close()
            self.abandon()
            return False
        return not self._is_done

    def cancel(self) -> None:
        """Cancel the coroutine, or see that it never begins."""
        # The loop looks at this before it begins, when there may be no task yet.
        self._is_cancelled = True
        if self._is_at_work() and self._task is not None:
            # Nothing runs on a closed loop.
            with suppress(RuntimeError):
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def abandon(self) -> None:
        """End all waits for the coroutine, although it may go on."""
        self._failure = asyncio.CancelledError()
        self._is_done = True
        self._end.open()

    def end(self) -> None:
        """Wait until the coroutine is not running, whatever its result."""
        if self._is_at_work():
            self._end.wait()


def zarr_loop() -> AbstractEventLoop:
    """Return zarr's event loop, which runs in a thread of its own."""
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
