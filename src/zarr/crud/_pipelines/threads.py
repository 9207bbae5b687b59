"""Work on many chunks in threads, within the limit of a call's options."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from zarr.crud._stores.at_hand import is_at_hand, most_requests
from zarr.crud._stores.batches import work_on_each
from zarr.crud._stores.threads import run_in_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zarr.abc.store import Store
    from zarr.crud._options import Options
    from zarr.crud._pipelines.chosen import Chosen


def thread_count(
    options: Options, store: Store | None, count: int, at_a_time: int | None = None
) -> int:
    """Return the number of threads for `count` pieces of work, of which so many run at a time.

    Without a store all is in memory.
    """
    limit = options.concurrency
    if limit is None:
        # With stores at hand the processors are the limit; requests to other stores wait.
        in_memory = store is None or is_at_hand(store)
        limit = os.cpu_count() or 1 if in_memory else most_requests()
    return max(1, min(limit, count, count if at_a_time is None else at_a_time))


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
    return await run_in_worker(_do_all, work, items, threads)


def _do_all[I, T](work: Callable[[I], T], items: Sequence[I], count: int) -> list[T]:
    """Process the items in helper threads.

    Not in the shared workers: a store that needs one for its answer would wait for this call, and
    this call for the store.
    """
    made: dict[int, T] = {}

    def do(at: int) -> None:
        made[at] = work(items[at])

    work_on_each(do, range(len(items)), count)
    return [made[at] for at in range(len(items))]
