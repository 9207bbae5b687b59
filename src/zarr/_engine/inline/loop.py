"""An event loop for coroutines that rarely wait, run by the thread that calls."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from asyncio import events, tasks
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.opening.files import put_file
from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Generator
    from concurrent.futures import Executor

FILES: Final = frozenset({"zarr.storage._local", "zarr._engine.nodes.requests"})
"""The modules whose functions access files; they pass them to `asyncio.to_thread`."""

PUTS: Final = "_put"
"""The one of them that writes."""

EXPECTED: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError, FileExistsError)
"""The errors by which zarr's store learns what is there."""


class InlineLoop(asyncio.BaseEventLoop):
    """An event loop for one call, without sockets, whose tasks begin as soon as they are made.

    A task that waits for nothing is complete before anything is queued, so a coroutine that only
    reads and writes local files, or memory, takes no turn of the loop at all. What does wait takes
    asyncio's own loop: other threads, timers.
    """

    # Asyncio's own names, which typeshed lacks.
    _default_executor: ThreadPoolExecutor | None
    _selector: _Waiter
    _thread_id: int | None
    _ready: Collection[Any]
    _asyncgens: Collection[Any]
    _asyncgen_firstiter_hook: Callable[[Any], None]
    _asyncgen_finalizer_hook: Callable[[Any], None]

    def __init__(self) -> None:
        super().__init__()
        # What asyncio calls to wait for sockets; here only other threads wake it.
        self._selector = _Waiter()
        self._waited = False
        self._interrupt: BaseException | None = None

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, and return its result; nothing of it is left afterwards.

        The thread may be running another event loop, which is suspended meanwhile. An interrupt
        cancels what waits, lets it end, and is raised.
        """
        outer = events._get_running_loop()
        with nullcontext() if outer is None else _suspended(outer):
            try:
                return self._run(coroutine)
            finally:
                self.close()

    def _run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        task = self._begun(coroutine)
        try:
            if not task.done():
                self.run_until_complete(task)
            interrupt, self._interrupt = self._interrupt, None
            if interrupt is not None:
                raise interrupt
            return task.result()
        finally:
            # The task refers to an exception whose traceback refers to this frame.
            interrupt = None
            del task
            if self._waited or self._ready or self._asyncgens:
                self._end()

    def _begun[T](self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(self._asyncgen_firstiter_hook, self._asyncgen_finalizer_hook)
        events._set_running_loop(self)
        self._thread_id = threading.get_ident()
        try:
            return self.create_task(coroutine)
        finally:
            self._thread_id = None
            events._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)

    def _end(self) -> None:
        """Cancel the tasks that have not ended, and wait for them."""
        pending = asyncio.all_tasks(self)
        for task in pending:
            task.cancel()
        if pending:
            self.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self.run_until_complete(self.shutdown_asyncgens())

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Make a task that has begun; after an interrupt, one that is cancelled."""
        options.setdefault("eager_start", self.is_running())
        if self._interrupt is not None:
            coro.close()
            coro = _cancelled()
        task: asyncio.Task[Any]
        try:
            task = asyncio.Task(coro, loop=self, **options)
        except (KeyboardInterrupt, SystemExit) as interrupt:
            # Raised here, it would leave coroutines behind that have not begun, with a warning.
            self._interrupt = interrupt
            task = asyncio.Task(_cancelled(), loop=self, **options)
        if not task.done():
            self._waited = True
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Log an exception that nobody has retrieved, but for interrupts: they are raised."""
        if not isinstance(context.get("exception"), (KeyboardInterrupt, SystemExit)):
            super().call_exception_handler(context)

    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Call a function that accesses files at once, and any other in a thread."""
        if executor is None and _accesses_files(func):
            return self._called(func, args)
        if executor is None and self._default_executor is None:
            workers = config.get("threading.max_workers", None)
            self.set_default_executor(ThreadPoolExecutor(workers, thread_name_prefix="zarr_inline"))
        return super().run_in_executor(executor, func, *args)

    def _called(self, function: Callable[..., Any], args: tuple[Any, ...]) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = asyncio.Future(loop=self)
        # As in a thread, which runs no loop.
        events._set_running_loop(None)
        try:
            done.set_result(_result_of(function, args))
        except EXPECTED as err:
            # Its frames would keep those of all callers until they are collected.
            done.set_exception(err.with_traceback(None))
        except Exception as err:  # noqa: BLE001  # as in a thread; whoever awaits it gets it
            done.set_exception(err)
        finally:
            events._set_running_loop(self)
        try:
            return done
        finally:
            # The exception's traceback refers to this frame.
            del done

    def _process_events(self, event_list: list[Any]) -> None:
        """Do nothing: there are no sockets."""

    def _write_to_self(self) -> None:
        self._selector.wake()

    def __del__(self) -> None:
        """Say nothing: there is nothing that must be closed."""


async def _cancelled() -> None:
    raise asyncio.CancelledError


class _Waiter:
    """What a loop waits with, in the place of a selector."""

    def __init__(self) -> None:
        self._woken: SimpleQueue[None] = SimpleQueue()

    def select(self, timeout: float | None) -> list[Any]:
        """Wait until another thread wakes the loop."""
        with suppress(Empty):
            self._woken.get(timeout != 0, timeout)
        return []

    def wake(self) -> None:
        self._woken.put(None)


def _accesses_files(function: Callable[..., Any]) -> bool:
    """Return whether `asyncio.to_thread` was given a function that only accesses files."""
    args: tuple[Any, ...] = function.args if isinstance(function, partial) else ()
    return bool(args) and getattr(args[0], "__module__", None) in FILES


def _result_of(function: Any, args: tuple[Any, ...]) -> Any:
    """Call a function that accesses files; one that writes could be interrupted here."""
    # Elsewhere zarr's own moves files with retries.
    if function.args[0].__name__ == PUTS and os.name == "posix":
        return function.func(put_file, *function.args[1:], **function.keywords)
    return function(*args)


@contextmanager
def _suspended(outer: asyncio.AbstractEventLoop) -> Generator[None]:
    """Let another loop run in the thread of a running one, as between two of its callbacks."""
    # A callback runs in no task.
    task = asyncio.current_task(outer)
    if task is not None:
        tasks._swap_current_task(outer, None)  # type: ignore[attr-defined]  # typeshed lacks it
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    events._set_running_loop(None)
    try:
        yield
    finally:
        events._set_running_loop(outer)
        sys.set_asyncgen_hooks(*hooks)
        if task is not None:
            tasks._swap_current_task(outer, task)  # type: ignore[attr-defined]  # as above
