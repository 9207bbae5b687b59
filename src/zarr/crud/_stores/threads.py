"""Synchronous work for asynchronous callers, in our own threads."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._stores.cancellation import Cancellation, check_cancelled, context_with

if TYPE_CHECKING:
    from collections.abc import Callable

# Workers wait for stores and codecs; the backends distribute the work itself.
WORKERS: Final = 32

_executor: ThreadPoolExecutor | None = None


async def run_in_worker[**P, T](function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in a worker thread, and await its result.

    If the caller is cancelled, the call is told to stop, and the caller receives the cancellation
    when it has. Until then the call may still write to the store, or into its result.
    """
    # Not the event loop's own executor: the store may need it. If as many calls as it has threads
    # waited for the store, none could proceed.
    cancellation = Cancellation()
    context = context_with(cancellation)
    submitted = _workers().submit(context.run, _run, partial(function, *args, **kwargs))
    try:
        # A cancellation of this wait cancels a call that has not begun, and no other.
        return await asyncio.wrap_future(submitted)
    except asyncio.CancelledError as err:
        cancelled = err
    if not submitted.cancelled():
        cancellation.cancel()
        await _ended(submitted)
    raise cancelled


async def _ended(submitted: Future[Any]) -> None:
    """Wait until a call has ended, however often this wait is cancelled."""
    call = asyncio.wrap_future(submitted)
    while not call.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([call])
    if not call.cancelled():
        # Retrieve the error, so that asyncio does not report it as never retrieved.
        call.exception()


def _run[T](work: Callable[[], T]) -> T:
    check_cancelled()
    return work()


def _workers() -> ThreadPoolExecutor:
    global _executor
    if _executor is None:
        _executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="zarr-crud")
    return _executor


def _forget() -> None:
    # A forked child does not have the threads of its parent.
    global _executor
    _executor = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
