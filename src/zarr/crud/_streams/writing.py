"""Regions that are written while their producer makes later ones."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._arguments import shown
from zarr.crud._document.lower import lower
from zarr.crud._elements.values import as_array, as_value, check_chunk
from zarr.crud._selection.chunk_parts import chunk_parts
from zarr.crud._stores import key_locks
from zarr.crud._streams.groups import Entry, Grouping
from zarr.crud._streams.jobs import Job, Jobs
from zarr.crud._streams.pieces import covers_chunks, shown_selection, touched
from zarr.crud._streams.report import Report
from zarr.crud.backends import many
from zarr.crud.backends.dispatch import check_not_held
from zarr.crud.backends.requests import RegionWrite, naming

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location
    from zarr.crud._streams.pace import Pace
    from zarr.crud.backends.contract import CrudBackend

PLAIN: Final = (bool, int, float, complex, str, bytes, list, tuple, np.generic)
"""Values that are converted to new arrays."""


class Target(NamedTuple):
    """What a stream writes to."""

    backend: CrudBackend
    document: Document
    location: Location
    options: Options

    def parsed(self, number: int, item: Any, *, keep: bool) -> Entry[Write]:
        """Return a region and its value, in new memory if it is to be kept."""
        if not isinstance(item, tuple) or len(item) != 2:
            raise TypeError(
                f"item {number} of the iterable is {shown(item)}; use a tuple of a region and an "
                "array"
            )
        region, given = item
        _, document, location, options = self
        try:
            selection = lower(document, region, "basic")
            if document.chunk_nbytes > options.decoded_size_budget and 0 not in selection.shape:
                check_chunk(document, options)
            array = as_array(given, document.dtype)
            if keep and _may_change(given, array):
                array = array.copy()
            value = as_value(array, document.dtype, selection.shape)
        except Exception as err:
            err.add_note(f"in item {number} of the iterable")
            raise
        grid = document.chunk_grid
        if key_locks.holds_any():
            check_not_held(document, location, chunk_parts(selection, grid))
        chunks = touched(grid.axes, selection)
        return Entry(Write(number, selection, value), array.nbytes, chunks)

    def write(self, group: Group) -> None:
        """Write the regions of a group."""
        backend, document, location, options = self
        writes = [
            (backend, RegionWrite(number, document, location, selection, value))
            for number, ((_, selection, value), _, _) in enumerate(group)
        ]
        with naming([entry.item.selection for entry in group], shown_selection):
            many.write_regions(writes, options, detached=True)


class Write(NamedTuple):
    """A region to write."""

    number: int
    """Its place in the iterable."""

    selection: Selection
    value: npt.NDArray[Any]


type Group = list[Entry[Write]]


def _may_change(given: Any, array: npt.NDArray[Any]) -> bool:
    """Return whether whoever gave a value can change the array that was made of it."""
    if isinstance(given, PLAIN):
        return False
    # Another data type takes another array.
    return bool(getattr(given, "dtype", array.dtype) == array.dtype)


class Writing:
    """The writes of a stream that are under way, and the values that wait for theirs."""

    def __init__(self, target: Target, pace: Pace, ahead: int) -> None:
        self._target, self._pace, self._ahead = target, pace, ahead
        self._grouping: Grouping[Write] = Grouping(pace.group)
        self._under_way: dict[Job[None], Group] = {}
        self._held = 0
        self._report = Report()
        self._jobs: Jobs[None] = Jobs(pace)

    def put(self, item: Any) -> None:
        """Take a region and its value; wait while more is held than may be.

        Raises the exceptions of earlier writes.
        """
        self._jobs.check_process()
        entry = self._target.parsed(self._report.next_number(), item, keep=self._ahead > 0)
        if self._ahead == 0:
            with self._report.of([entry.item.number]):
                self._target.write([entry])
            return
        for group in self._grouping.add(entry):
            self._submit(group)
        self._held += entry.nbytes
        grid = self._target.document.chunk_grid
        is_whole = covers_chunks(grid.axes, entry.item.selection)
        if self._held > self._ahead or (is_whole and self._jobs.is_idle()):
            self._flush()
        # The value that was just given may itself be larger than what may be held.
        while self._held > max(self._ahead, entry.nbytes):
            self._jobs.wait()
            self._settle()
        while self._jobs.poll() is not None:
            self._settle()

    def finish(self) -> None:
        """Write what is held, and wait for all writes."""
        self._jobs.check_process()
        self._flush()
        while self._under_way:
            self._jobs.wait()
            self._settle()

    def _flush(self) -> None:
        for group in self._grouping.rest():
            self._submit(group)

    def _submit(self, group: Group) -> None:
        target = self._target
        chunks = {chunk for entry in group for chunk in entry.chunks}
        width = self._pace.width([entry.nbytes for entry in group])
        job = Job(lambda: target.write(group), width, chunks)
        self._under_way[job] = group
        self._jobs.add(job)

    def _settle(self) -> None:
        """Forget the writes that are complete; raise the exception of the first that failed."""
        for job in [job for job in self._under_way if job.has_ended]:
            group = self._under_way.pop(job)
            self._held -= sum(entry.nbytes for entry in group)
            with self._report.of([entry.item.number for entry in group]):
                job.outcome()

    def stop(self, error: BaseException) -> None:
        """Begin no further write, and wait for those that have begun; note in `error` what is done.

        An exception of the producer, or of a write, lets the others complete. An interrupt or a
        cancellation ends them after the chunks that are being written; a second one does not wait
        for these.
        """
        self._jobs.stop()
        begun = {job: group for job, group in self._under_way.items() if not job.drop()}
        if not isinstance(error, Exception):
            self._jobs.cancel()
        try:
            self._jobs.end(begun)
        except BaseException as second:
            self._conclude(second, begun)
            raise
        self._conclude(error, begun)

    def _conclude(self, error: BaseException, begun: dict[Job[None], Group]) -> None:
        for job, group in begun.items():
            with suppress(BaseException), self._report.of([entry.item.number for entry in group]):
                if not job.has_ended:
                    raise TimeoutError
                job.outcome()
        self._report.note(error)
