"""Regions that are read while their consumer works on earlier ones."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._document.known import document_name, is_known
from zarr.crud._streams.groups import Entry, Grouping
from zarr.crud._streams.jobs import Job, Jobs
from zarr.crud._streams.pieces import box_of, boxes, region_of, shown_selection, touched
from zarr.crud.backends import many
from zarr.crud.backends.dispatch import checked_region
from zarr.crud.backends.requests import RegionRead, naming

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Box
    from zarr.crud._selection.chunk_grid import ChunkAxis
    from zarr.crud._stores.location import Location
    from zarr.crud._streams.pace import Pace
    from zarr.crud._streams.pieces import Level, Region, Span
    from zarr.crud.backends.contract import CrudBackend

POOLED: Final = 4 << 20
"""Backends may reuse the memory of results from this size on. The C library reuses that of smaller
ones, but keeps some for each thread that allocates."""

type Piece = tuple[Region, npt.NDArray[Any]]
"""A region and its elements."""

type Group = list[Entry[Box]]


class Source(NamedTuple):
    """What a stream reads."""

    backend: CrudBackend
    document: Document
    location: Location
    options: Options
    detached: bool
    bounds: tuple[Span, ...]
    levels: Sequence[Level]
    shared: Sequence[ChunkAxis] | None
    """The grid of what regions may share, and only one group should decode; `None` for nothing."""

    def groups(self, most: int) -> Iterator[Group]:
        """Yield the regions in their order, each group to be read by one call."""
        grouping: Grouping[Box] = Grouping(most)
        for entry in self.entries():
            yield from grouping.add(entry)
        yield from grouping.rest()

    def entries(self) -> Iterator[Entry[Box]]:
        """Yield the regions in their order."""
        itemsize = self.document.dtype.itemsize
        for spans in boxes(self.bounds, self.levels):
            box = box_of(spans)
            checked_region(self.document, box, None, self.options)
            size = itemsize
            for count in box.shape:
                size *= count
            shared = () if self.shared is None else touched(self.shared, box)
            yield Entry(box, size, shared)

    def room_for(self, entry: Entry[Box]) -> npt.NDArray[Any] | None:
        """Return memory for a region, from the thread that will free it."""
        dtype = self.document.dtype
        if entry.nbytes >= POOLED or dtype.kind in "OT":
            return None
        return np.empty(entry.item.shape, dtype)

    def read(
        self, group: Group, rooms: Iterable[npt.NDArray[Any] | None], *, detached: bool
    ) -> list[npt.NDArray[Any]]:
        """Read the regions of a group."""
        backend, document, location, options, *_ = self
        reads = [
            RegionRead(number, document, location, entry.item, room)
            for number, (entry, room) in enumerate(zip(group, rooms, strict=True))
        ]
        with naming([entry.item for entry in group], shown_selection):
            return many.read_apart(backend, reads, options, detached=detached)

    def is_checked(self) -> bool:
        """Return whether the array is known to exist, or may be missing."""
        return self.detached or is_known(self.location, document_name(self.document))


class Reading:
    """The reads of a stream that are under way or whose results wait for the consumer."""

    def __init__(self, source: Source, pace: Pace, ahead: int, *, ordered: bool) -> None:
        self._source, self._pace, self.ahead, self._ordered = source, pace, ahead, ordered
        self._groups = source.groups(pace.group)
        self._next: Group | None = None
        self._failure: BaseException | None = None
        self._is_checked = source.is_checked()
        self._under_way: dict[Job[list[npt.NDArray[Any]]], Group] = {}
        self._ended: deque[Job[list[npt.NDArray[Any]]]] = deque()
        self._ready: deque[tuple[Entry[Box], npt.NDArray[Any]]] = deque()
        self._held = 0
        self.jobs: Jobs[list[npt.NDArray[Any]]] = Jobs(pace)

    def is_ready(self) -> bool | None:
        """Return whether `pop` has a region: `False` at the end, `None` if a read must end first.

        Raises the exceptions of reads, in place of what they would have read.
        """
        self.jobs.check_process()
        if not self._ready:
            self._fill()
            while (job := self.jobs.poll()) is not None:
                self._ended.append(job)
            self._take()
        if self._ready:
            return True
        if self._under_way:
            return None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return False

    def wait(self) -> None:
        """Wait until a read has ended."""
        self._ended.append(self.jobs.wait())

    def pop(self) -> Piece:
        """Return the next region, and begin to read others in its place."""
        entry, array = self._ready.popleft()
        self._held -= entry.nbytes
        if self.ahead:
            self._fill()
        return region_of(entry.item), array

    def _fill(self) -> None:
        """Begin reads, as many as may be ahead; at least one."""
        while self._failure is None:
            if self._next is None:
                try:
                    self._next = next(self._groups, None)
                except Exception as err:  # noqa: BLE001  # raised after what comes before
                    self._failure = err
            group = self._next
            if group is None:
                return
            size = sum(entry.nbytes for entry in group)
            # Whether the array exists is found out once, before anything is yielded.
            waits = not self._is_checked or self._held + size > self.ahead
            if waits and (self._under_way or self._ready):
                return
            self._next = None
            self._begin(group, size)

    def _begin(self, group: Group, size: int) -> None:
        source, detached = self._source, self._is_checked
        width = self._pace.width([entry.nbytes for entry in group])
        rooms = [source.room_for(entry) for entry in group]
        job = Job(lambda: source.read(group, rooms, detached=detached), width)
        self._held += size
        self._under_way[job] = group
        self.jobs.add(job)

    def _take(self) -> None:
        """Take the results whose turn it is."""
        while not self._ready:
            if self._ordered:
                self._ended.clear()
                job = next(iter(self._under_way), None)
                if job is None or not job.has_ended:
                    return
            elif self._ended:
                job = self._ended.popleft()
            else:
                return
            group = self._under_way.pop(job)
            found = job.outcome()
            self._is_checked = True
            self._ready.extend(zip(group, found, strict=True))

    def close(self) -> None:
        """End the reads, and forget their results."""
        self.jobs.cancel()
        self._ready.clear()
        self._under_way.clear()

    def one_by_one(self) -> Generator[Piece, None, None]:
        """Yield the regions, each read when it is asked for, in the thread that asks."""
        for entry in self._source.entries():
            self.jobs.check_process()
            (found,) = self._source.read([entry], [None], detached=self._is_checked)
            self._is_checked = True
            yield region_of(entry.item), found
            del found
