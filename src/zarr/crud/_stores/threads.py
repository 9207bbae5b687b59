"""Synchronous work for asynchronous callers, on threads of our own."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Workers wait for stores and codecs; the work itself is spread by the backends.
WORKERS: Final = 32

_executor: ThreadPoolExecutor | None = None


async def run_in_worker[**P, T](function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in a worker thread, and await its result.

    A cancelled caller gets its cancellation when the call has ended, not before: what it writes
    is written by then, and nothing of it lands later.
    """
    # Not the event loop's own executor: the store that the call waits for may need that one, and
    # with as many calls as it has threads, each would wait for a thread.
    submitted = _workers().submit(copy_context().run, partial(function, *args, **kwargs))
    call = asyncio.wrap_future(submitted)
    cancelled: asyncio.CancelledError | None = None
    while not call.done():
        try:
            await asyncio.wait([call])
        except asyncio.CancelledError as err:
            cancelled = err
            if submitted.cancel():
                break
    if cancelled is None:
        return call.result()
    if call.done() and not call.cancelled():
        # Looked at, lest it be reported as an error that nobody saw.
        call.exception()
    raise cancelled


def _workers() -> ThreadPoolExecutor:
    global _executor
    if _executor is None:
        _executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="zarr-crud")
    return _executor


def _forget() -> None:
    # The threads of the parent do not exist in a forked child.
    global _executor
    _executor = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
