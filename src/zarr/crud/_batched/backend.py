"""The backend behind a batch: it gathers the writes of another backend, and shows them to reads."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from zarr.crud._batched.held import Settings, cost_of
from zarr.crud._batched.reads import Source, read_chunk, read_region
from zarr.crud._batched.texts import nbytes_of_texts
from zarr.crud._batched.through import write_chunk_through, write_through
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._selection.chunk_parts import chunk_parts
from zarr.crud._stores import key_locks
from zarr.crud._stores.batched_store import without_batch
from zarr.crud._stores.location import Location
from zarr.crud.backends.contract import CrudBackend
from zarr.crud.backends.dispatch import check_not_held
from zarr.crud.backends.requests import RegionWrite, concerning
from zarr.crud.backends.selected import as_planned, whole_chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zarr.abc.store import Store
    from zarr.crud._batched.gathered import Gathered
    from zarr.crud._batched.held import HeldChunk, Index
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._selection.chunk_parts import ChunkPart
    from zarr.crud.backends.contract import Operation
    from zarr.crud.backends.requests import RegionRead


class BatchedBackend(CrudBackend):
    """A backend whose locations are in the store of a batch; another one does all I/O."""

    def __init__(self, gathered: Gathered, inner: CrudBackend) -> None:
        self._gathered, self._inner = gathered, inner
        # The name counts for reports: the other backend serves.
        self.name = inner.name  # type: ignore[misc]

    def supports(
        self,
        document: Document,
        location: Location,
        operation: Operation,
        selection: Selection | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> str | None:
        """Return why the other backend refuses; see `CrudBackend.supports`."""
        place, options = _within(location), self._options(options)
        return self._inner.supports(document, place, operation, selection, options)

    def store_access(self, store: Store) -> str | None:
        """Say how the other backend reaches the store; see `CrudBackend.store_access`."""
        return self._inner.store_access(without_batch(store))

    def read_chunk(
        self,
        document: Document,
        location: Location,
        index: Index,
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> npt.NDArray[Any]:
        """Return one chunk; see `CrudBackend.read_chunk`."""
        source = self._source(document, location, options)
        found = None
        if self._gathered.holds_any_of(location.path):
            found = read_chunk(source, index, out)
        if found is None:
            _, inner, _, place, options = source
            found = inner.read_chunk(document, place, index, out=out, options=options)
        return found

    def read_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> npt.NDArray[Any]:
        """Return the selected elements; see `CrudBackend.read_region`."""
        source = self._source(document, location, options)
        found = None
        if self._gathered.holds_any_of(location.path):
            found = read_region(source, selection, out)
        if found is None:
            _, inner, _, place, options = source
            found = inner.read_region(document, place, selection, out=out, options=options)
        return found

    def read_regions(
        self, requests: Sequence[RegionRead], *, options: Options
    ) -> list[npt.NDArray[Any]]:
        """Return the elements of many selections; see `CrudBackend.read_regions`.

        Those of which nothing is held are read together.
        """
        found: dict[int, npt.NDArray[Any]] = {}
        places: dict[int, Location] = {}
        rest: list[tuple[int, RegionRead]] = []
        for at, read in enumerate(requests):
            number, document, location, selection, out = read
            if self._gathered.holds_any_of(location.path):
                with concerning(number):
                    held = read_region(self._source(document, location, options), selection, out)
                if held is not None:
                    found[at] = held
                    continue
            place = places.setdefault(id(location), _within(location))
            rest.append((at, read._replace(location=place)))
        if rest:
            reads = [read for _, read in rest]
            results = self._inner.read_regions(reads, options=self._options(options))
            found.update(zip((at for at, _ in rest), results, strict=True))
        return [found[at] for at in range(len(requests))]

    def write_chunk(
        self,
        document: Document,
        location: Location,
        index: Index,
        value: npt.NDArray[Any],
        *,
        options: Options,
    ) -> None:
        """Hold one chunk; see `CrudBackend.write_chunk`."""
        settings = self._settings(document, location, options)
        if key_locks.holds_any():
            check_not_held(document, settings.location, [whole_chunk(index, value.shape)])
        gathered = self._gathered

        def put(chunk: HeldChunk) -> int:
            chunk.put_whole(value)
            return nbytes_of_texts(value)

        with gathered.lifetime.at_work():
            if cost_of(value.shape, document.dtype) > gathered.max_bytes:
                write_chunk_through(gathered, settings, index, value)
            else:
                gathered.put(settings, index, put)

    def write_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        value: npt.NDArray[Any],
        *,
        options: Options,
    ) -> None:
        """Hold the selected elements; see `CrudBackend.write_region`."""
        settings = self._settings(document, location, options)
        with self._gathered.lifetime.at_work():
            parts = self._parts(settings, selection)
            if parts is None:
                write = RegionWrite(0, document, settings.location, selection, value)
                write_through(self._gathered, [settings], [write])
            else:
                self._put(settings, parts, as_planned(value, selection))

    def write_regions(self, requests: Sequence[RegionWrite], *, options: Options) -> None:
        """Hold the values of many selections; see `CrudBackend.write_regions`."""
        settings = [self._settings(w.document, w.location, options) for w in requests]
        with self._gathered.lifetime.at_work():
            parts = [self._parts(s, w.selection) for s, w in zip(settings, requests, strict=True)]
            cost = {
                s.key(part.chunk): _cost(s.document)
                for s, some in zip(settings, parts, strict=True)
                for part in some or ()
            }
            if None in parts or sum(cost.values()) > self._gathered.max_bytes:
                pairs = zip(settings, requests, strict=True)
                writes = [w._replace(location=s.location) for s, w in pairs]
                write_through(self._gathered, settings, writes)
                return
            for one, write, some in zip(settings, requests, parts, strict=True):
                with concerning(write.number):
                    self._put(one, some or (), as_planned(write.value, write.selection))

    def _parts(self, settings: Settings, selection: Selection) -> list[ChunkPart] | None:
        """Return the parts of the chunks of a write; `None` if the bound is too low for them."""
        most = self._gathered.max_bytes // max(1, _cost(settings.document))
        document, grid = settings.document, settings.document.chunk_grid
        if key_locks.holds_any():
            check_not_held(document, settings.location, chunk_parts(selection, grid))
        parts = list(islice(chunk_parts(selection, grid), most + 1))
        return parts if len(parts) <= most else None

    def _put(
        self, settings: Settings, parts: Sequence[ChunkPart], values: npt.NDArray[Any]
    ) -> None:
        for part in parts:

            def put(chunk: HeldChunk, part: ChunkPart = part) -> int:
                chunk.put(part, values)
                return nbytes_of_texts(values[(*part.out_selection, ...)])

            self._gathered.put(settings, part.chunk, put)

    def _options(self, options: Options) -> Options:
        return self._gathered.options if options is DEFAULT_OPTIONS else options

    def _source(self, document: Document, location: Location, options: Options) -> Source:
        self._gathered.check_open()
        place, options = _within(location), self._options(options)
        return Source(self._gathered, self._inner, document, place, options)

    def _settings(self, document: Document, location: Location, options: Options) -> Settings:
        return Settings(document, _within(location), self._inner, self._options(options))


def _within(location: Location) -> Location:
    """Return the same place in the store that the batch writes to."""
    return Location(without_batch(location.store), location.path)


def _cost(document: Document) -> int:
    """Return the bytes that the largest chunk of an array takes."""
    return cost_of(document.chunk_grid.largest, document.dtype)
