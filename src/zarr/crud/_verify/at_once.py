"""Work on groups of regions in several threads, in bounded memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from zarr.crud._streams.jobs import Job, Jobs
from zarr.crud._streams.pace import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zarr.crud._streams.groups import Entry
    from zarr.crud._streams.pace import Pace


def outcomes[T, R](
    pace: Pace, groups: Iterable[list[Entry[T]]], work: Callable[[list[T]], R]
) -> Iterator[R]:
    """Yield what `work` returns for each group, in any order.

    No more than 128 MiB of elements are under way, or one group. The end of the iterator, or an
    exception, stops the work: what is under way ends soon, and nobody waits for it.
    """
    jobs: Jobs[R] = Jobs(pace)
    running: dict[Job[R], int] = {}
    held = 0
    try:
        for group in groups:
            size = sum(entry.nbytes for entry in group)
            while running and (held + size > AHEAD or len(running) > 2 * pace.room):
                job = jobs.wait()
                held -= running.pop(job)
                yield job.outcome()
            job = Job(
                partial(work, [entry.item for entry in group]),
                pace.width([entry.nbytes for entry in group]),
            )
            running[job] = size
            held += size
            jobs.add(job)
        while running:
            job = jobs.wait()
            running.pop(job)
            yield job.outcome()
    finally:
        jobs.cancel()
