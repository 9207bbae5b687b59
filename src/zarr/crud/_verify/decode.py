"""Decodes stored chunks in several threads, in bounded memory, and keeps no array."""

from __future__ import annotations

from itertools import batched
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.crud._streams.groups import Entry, Grouping
from zarr.crud._streams.pace import AHEAD, pace_of
from zarr.crud._streams.pieces import region_of
from zarr.crud._verify.at_once import outcomes
from zarr.crud._verify.blocks import blocks_of, box_over, runs_of, subchunks_of
from zarr.crud._verify.digest import Sums, sums_of
from zarr.crud._verify.padded import padded
from zarr.crud.backends import many
from zarr.crud.backends.dispatch import checked_region
from zarr.crud.backends.requests import RegionRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Box
    from zarr.crud._stores.location import Location
    from zarr.crud._streams.pace import Pace
    from zarr.crud.backends.contract import CrudBackend

VERIFIED: Final = 8 << 20
"""The most bytes of chunks that a backend verifies at a time; it holds few of them."""

type Index = tuple[int, ...]


class Part(NamedTuple):
    """What is decoded at a time: a run of chunks, or a part of a large shard."""

    chunks: list[Index]
    box: Box


class Failure(NamedTuple):
    """A part that was not decoded."""

    part: Part
    error: Exception


class Outcome(NamedTuple):
    """What came of a group of parts."""

    chunks: list[Index]
    failures: list[Failure]
    sums: Sums = (0, 0)
    sizes: Mapping[Index, int] = MappingProxyType({})
    """The sizes of values that were read whole."""


class Decoder:
    """Decodes chunks of one array, and adds up the sums of a digest if it is wanted."""

    def __init__(
        self,
        backend: CrudBackend,
        document: Document,
        location: Location,
        options: Options,
        subchunk: tuple[int, ...] | None,
        fill: int | None,
    ) -> None:
        self._backend, self._location, self._options = backend, location, options
        self._shape, self._subchunk, self._fill = document.shape, subchunk, fill
        # Every stored byte is decoded, also what lies outside the array.
        self._document = document.derive(padded)

    def outcomes(self, indices: Iterable[Index]) -> Iterator[Outcome]:
        """Yield what comes of the chunks, in any order."""
        pace = self._pace()
        if self._fill is None and self._verify(()) is not None:
            return outcomes(pace, self._batches(indices), self._verified)
        return outcomes(pace, self._groups(sorted(indices), pace.group), self._decoded)

    def _verify(self, indices: Sequence[Index]) -> Sequence[int | None] | None:
        """Ask the backend for sizes; `None` if it has none, or fails: a read tells more."""
        try:
            found = many.verify_chunks(
                self._backend, self._document, self._location, indices, self._options
            )
            is_fit = found is not None and (not indices or len(found) == len(indices))
        except Exception:  # noqa: BLE001  # Ctrl-C and cancellation are none
            return None
        return found if is_fit else None

    def _batches(self, indices: Iterable[Index]) -> Iterator[list[Entry[tuple[Index, ...]]]]:
        nbytes = max(1, self._document.chunk_nbytes)
        for some in batched(indices, max(1, VERIFIED // nbytes)):
            yield [Entry(some, len(some) * nbytes, ())]

    def _verified(self, batches: list[tuple[Index, ...]]) -> Outcome:
        (batch,) = batches
        found = self._verify(batch)
        if found is None:
            return self._decoded([self._part(index) for index in sorted(batch)])
        sizes = {index: n for index, n in zip(batch, found, strict=True) if n is not None}
        if len(sizes) == len(batch):
            return Outcome(list(batch), [], sizes=sizes)
        # What is wrong, if anything is, a read tells.
        doubtful = sorted(index for index in batch if index not in sizes)
        read = _joined(self._decoded([self._part(index)]) for index in doubtful)
        return Outcome(list(batch), read.failures, sizes=sizes)

    def _pace(self) -> Pace:
        document = self._document
        unit = self._subchunk or document.chunk_grid.largest
        return pace_of(self._backend, document, self._location, self._options, unit, AHEAD)

    def _groups(self, indices: Iterable[Index], most: int) -> Iterator[list[Entry[Part]]]:
        grouping: Grouping[Part] = Grouping(most)
        document = self._document
        # Many small chunks are read as one region, which costs less than a region for each.
        longest = max(1, most // max(1, document.chunk_nbytes))
        for run in runs_of(indices, longest if document.chunk_shape else 1):
            boxes = (
                [box_over(document, run)]
                if len(run) > 1
                else blocks_of(document, run[0], self._subchunk)
            )
            for box in boxes:
                size = prod(box.shape) * document.dtype.itemsize
                yield from grouping.add(Entry(Part(run, box), size, ()))
        yield from grouping.rest()

    def _decoded(self, parts: list[Part]) -> Outcome:
        try:
            arrays = self._read([part.box for part in parts])
        except Exception as err:  # noqa: BLE001  # every error is a finding
            if len(parts) > 1:
                return _joined(self._decoded([part]) for part in parts)
            (part,) = parts
            if len(part.chunks) > 1:
                return _joined(self._decoded([self._part(chunk)]) for chunk in part.chunks)
            return Outcome(part.chunks, [Failure(part, err)])
        lanes = [0, 0]
        if self._fill is not None:
            for part, array in zip(parts, arrays, strict=True):
                for lane, one in enumerate(self._sums(part.box, array, self._fill)):
                    lanes[lane] += one
        return Outcome([c for part in parts for c in part.chunks], [], (lanes[0], lanes[1]))

    def _part(self, chunk: Index) -> Part:
        return Part([chunk], box_over(self._document, [chunk]))

    def _read(self, boxes: list[Box]) -> list[npt.NDArray[Any]]:
        for box in boxes:
            checked_region(self._document, box, None, self._options)
        reads = [
            RegionRead(number, self._document, self._location, box, None)
            for number, box in enumerate(boxes)
        ]
        return many.read_apart(self._backend, reads, self._options, detached=True)

    def _sums(self, box: Box, array: npt.NDArray[Any], fill: int) -> Sums:
        """The sums of those elements that lie in the array."""
        spans = [
            (place.start, min(place.stop, length))
            for place, length in zip(region_of(box), self._shape, strict=True)
        ]
        if any(start >= stop for start, stop in spans):
            return 0, 0
        inside: Any = tuple(slice(0, stop - start) for start, stop in spans)
        return sums_of(array[(*inside, ...)], spans, fill)

    def damaged_subchunks(self, index: Index, most: int) -> list[Index]:
        """Return those of a shard's subchunks that do not decode, as places in the shard.

        At most `most` are decoded; none are returned if all of these fail, or if there are more.
        """
        if self._subchunk is None:
            return []
        found, tried = [], 0
        first: list[int] | None = None
        for box in subchunks_of(self._document, index, self._subchunk):
            starts = [place.start for place in region_of(box)]
            first = first or starts
            tried += 1
            if tried > most:
                return []
            try:
                self._read([box])
            except Exception:  # noqa: BLE001  # as above
                place = zip(starts, first, self._subchunk, strict=True)
                found.append(tuple((start - base) // size for start, base, size in place))
        return [] if len(found) == tried else found


def _joined(outcomes: Iterable[Outcome]) -> Outcome:
    chunks: list[Index] = []
    failures: list[Failure] = []
    lanes = [0, 0]
    for outcome in outcomes:
        chunks += outcome.chunks
        failures += outcome.failures
        lanes = [lane + one for lane, one in zip(lanes, outcome.sums, strict=True)]
    return Outcome(chunks, failures, (lanes[0], lanes[1]))
