"""Work on many chunks in threads, within the limit of a call's options."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, cast

from zarr.core.config import config
from zarr.crud._stores.event_loop import is_synchronous
from zarr.crud._stores.threads import run_in_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zarr._engine.pipeline.choice import Chosen
    from zarr.abc.store import Store
    from zarr.crud._options import Options


def thread_count(options: Options, store: Store | None, count: int) -> int:
    """Return the number of threads for `count` pieces of work; without a store all is in memory."""
    limit = options.concurrency
    if limit is None:
        # With synchronous stores the processors are the limit; requests to other stores wait.
        is_at_hand = store is None or is_synchronous(store)
        limit = os.cpu_count() or 1 if is_at_hand else config.get("async.concurrency") or 10
    return max(1, min(limit, count))


def narrowed(chosen: Chosen, threads: int) -> Chosen:
    """Return the choice for one of the pieces that so many threads process at once.

    Together they use no more threads than the options allow.
    """
    limit = chosen.options.concurrency
    if limit is None or threads == 1:
        return chosen
    return chosen._replace(options=replace(chosen.options, concurrency=limit // threads))


async def each[I, T](work: Callable[[I], T], items: Sequence[I], threads: int) -> list[T]:
    """Process all items in so many threads, and wait for all to end.

    After a failure, or if the caller is cancelled, no further item is started.
    """
    stop = Event()
    running = asyncio.ensure_future(run_in_worker(_do_all, work, items, threads, stop))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue
        if not running.cancelled():
            # Retrieve the error, so that asyncio does not report it as never retrieved.
            running.exception()
        raise


def _do_all[I, T](work: Callable[[I], T], items: Sequence[I], count: int, stop: Event) -> list[T]:
    """Process a share here and the others in threads of this call's own.

    Not in the shared workers: a store that needs one for its answer would wait for this call, and
    this call for the store.
    """
    made: list[T | None] = [None] * len(items)

    def do(first: int) -> None:
        for at in range(first, len(items), count):
            if stop.is_set():
                return
            try:
                made[at] = work(items[at])
            except BaseException:
                stop.set()
                raise

    if count == 1:
        do(0)
    else:
        with ThreadPoolExecutor(count - 1, thread_name_prefix="zarr-crud-call") as threads:
            others = [threads.submit(copy_context().run, do, first) for first in range(1, count)]
            do(0)
        for other in others:
            other.result()
    return cast("list[T]", made)
