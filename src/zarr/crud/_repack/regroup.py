"""Encoded pieces moved between chunks and shards: nothing is decoded but the indices of shards."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._archives.shard_index import (
    MISSING,
    ShardIndex,
    encode_index,
    form_of,
    grid_of,
    index_nbytes,
)
from zarr.crud._repack.done import Done
from zarr.crud._repack.ends import InFile
from zarr.crud._repack.shards import Shards
from zarr.crud._repack.values import vanished
from zarr.crud._repack.wraps import rewrapped
from zarr.crud._stores.assembled_files import FilePiece

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from zarr.crud._repack.ends import Ends
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index
    from zarr.crud._repack.shards import Numbers, Part
    from zarr.crud._stores.assembled_files import Piece


def regrouper(plan: ArrayPlan, ends: Ends, there: Container[str]) -> Callable[[Index], Done]:
    """Return a function that makes stored values of the target.

    It takes the index of a shard of the target, or, if the target has no shards, of a stored value
    of the source.
    """
    work = _Regroup(plan, ends, there)
    return work.make_shard if work.target.piece.is_sharded else work.split


class _Regroup:
    def __init__(self, plan: ArrayPlan, ends: Ends, there: Container[str]) -> None:
        self._plan, self._ends, self._there = plan, ends, there
        self.source, self.target = Shards.of(plan.source), Shards.of(plan.target)
        shape = self.source.piece.shape
        self._shift = tuple(start // n for start, n in zip(plan.origin, shape, strict=True))
        self._source_name = name_writer(plan.source)
        self._target_name = name_writer(plan.target)
        self._checksums = self.source.piece.checksums, self.target.piece.checksums

    def make_shard(self, index: Index) -> Done:
        """Store a shard of the target from the pieces of the source that lie in it."""
        name = self._target_name(index)
        if name in self._there:
            return Done(there=1)
        first, count = self.target.first(index), self.target.pieces(index)
        ends = zip(first, count, self.target.limit, strict=True)
        stop = self._shifted(tuple(min(f + n, most) for f, n, most in ends))
        low = self._shifted(first)
        found = self._values(low, stop)
        if self._takes_files(found):
            pieces, places, nbytes = self._files(found, low, count)
        else:
            parts = [part for part in self._parts(found, low, stop) if len(part.nbytes)]
            if not parts:
                return Done(empty=1)
            pieces, places, nbytes = self._ordered(parts, count)
        made, size = self._shard(index, pieces, places, nbytes)
        self._ends.store(name, made)
        return Done(written=1, nbytes=size)

    def split(self, index: Index) -> Done:
        """Store each piece of a value of the source as a chunk of the target."""
        first, count = self.source.first(index), self.source.pieces(index)
        # The target may begin or end within a shard.
        low = tuple(max(f, s) for f, s in zip(first, self._shift, strict=True))
        ends = zip(first, count, self._shifted(self.target.limit), strict=True)
        stop = tuple(min(f + n, most) for f, n, most in ends)
        part = self._part(index, low, stop, self._ends)
        there = nbytes = 0
        made: list[tuple[str, Piece]] = []
        base = [f - s for f, s in zip(low, self._shift, strict=True)]
        spans = zip(part.offsets.tolist(), part.nbytes.tolist(), strict=True)
        taken = self._taken(part, list(spans))
        for place, piece, n in zip(part.places.tolist(), taken, part.nbytes.tolist(), strict=True):
            name = self._target_name(tuple(b + at for b, at in zip(base, place, strict=True)))
            if name in self._there:
                there += 1
                continue
            made.append((name, piece))
            nbytes += n
        self._ends.store_each(made)
        written = len(made)
        return Done(written=written, there=there, nbytes=nbytes)

    def _shifted(self, place: Index) -> Index:
        """Return the place in the source of a piece of the target."""
        return tuple(at + shift for at, shift in zip(place, self._shift, strict=True))

    def _values(self, low: Index, stop: Index) -> list[Index]:
        """The stored values of the source that have pieces in a part of its grid."""
        if any(n <= f for f, n in zip(low, stop, strict=True)):
            return []
        begin, end = self.source.value_of(low), self.source.value_of(tuple(n - 1 for n in stop))
        ranges = [range(a, b + 1) for a, b in zip(begin, end, strict=True)]
        return [index for index in product(*ranges) if index in self._plan.stored]

    def _takes_files(self, found: list[Index]) -> bool:
        """Whether these values are whole files that go into a shard as they are."""
        is_raw = self._checksums[0] == self._checksums[1]
        is_plain = is_raw and not (self.source.piece.is_sharded or self._plan.compact)
        return bool(found) and is_plain and self._ends.source_folder is not None

    def _files(
        self, found: list[Index], low: Index, count: Index
    ) -> tuple[list[Piece], Numbers, Numbers]:
        """Return files as pieces, their places in the index, and their sizes."""
        start = f"{self._ends.source_folder}/{self._ends.source.key('')}"
        sizes = [self._plan.stored[index] or 0 for index in found]
        paths = [start + self._source_name(index) for index in found]
        pieces: list[Piece] = [
            FilePiece(path, 0, size, size) for path, size in zip(paths, sizes, strict=True)
        ]
        # The stored values of the source are its pieces.
        places = np.array(found, np.int64).reshape(len(found), -1) - np.array(low, np.int64)
        return pieces, self._flat(places, count), np.array(sizes, np.int64)

    def _flat(self, places: Numbers, count: Index) -> Numbers:
        """Return the places of pieces in the index of a shard, which has axes of its own."""
        axes = list(self.target.piece.axes)
        if not axes:
            return np.zeros(len(places), np.int64)
        grid = tuple(count[axis] for axis in axes)
        flat: Numbers = np.ravel_multi_index(tuple(places[:, axes].T), grid)
        return flat

    def _parts(self, found: list[Index], low: Index, stop: Index) -> Iterator[Part]:
        """The parts of stored values that lie in a part of the source's grid."""
        ends = self._ends
        if ends.source_folder is None and not self.source.piece.is_sharded:
            # Whole values: many requests at a time.
            ends = ends.holding([self._source_name(index) for index in found])
        for index in found:
            yield self._part(index, low, stop, ends)

    def _part(self, index: Index, low: Index, stop: Index, ends: Ends) -> Part:
        name = self._source_name(index)
        key, store = self._ends.source.key(name), self._ends.source.store
        value = ends.opened(name, self._plan.stored[index])
        if value is None:
            raise vanished(key)
        return self.source.part(index, value, name, low, stop, key=key, store=store)

    def _ordered(self, parts: list[Part], count: Index) -> tuple[list[Piece], Numbers, Numbers]:
        """Return pieces in the order of storage, their places in the index, and their sizes.

        They stay in the order of the source, which takes fewest reads, unless shards are compacted.
        """
        flat = self._flat(np.concatenate([part.places for part in parts]), count)
        offsets = np.concatenate([part.offsets for part in parts])
        nbytes = np.concatenate([part.nbytes for part in parts])
        owner = np.repeat(np.arange(len(parts)), [len(part.nbytes) for part in parts])
        if self._plan.compact:
            order = np.argsort(flat)
            flat, offsets, nbytes, owner = (a[order] for a in (flat, offsets, nbytes, owner))
        if self._checksums[0] == self._checksums[1]:
            runs = _runs(owner, offsets, nbytes)
            return self._read(parts, owner[runs[0]], offsets[runs[0]], runs[1]), flat, nbytes
        pieces = self._read(parts, owner, offsets, nbytes)
        return pieces, flat, nbytes + 4 * (self._checksums[1] - self._checksums[0])

    def _read(
        self, parts: list[Part], owner: Numbers, offsets: Numbers, nbytes: Numbers
    ) -> list[Piece]:
        """Return spans of values, in their order; the spans of one value are read together."""
        spans: list[list[tuple[int, int]]] = [[] for _ in parts]
        owners = owner.tolist()
        for number, start, n in zip(owners, offsets.tolist(), nbytes.tolist(), strict=True):
            spans[number].append((start, n))
        taken = [iter(self._taken(part, some)) for part, some in zip(parts, spans, strict=True)]
        return [next(taken[number]) for number in owners]

    def _taken(self, part: Part, spans: list[tuple[int, int]]) -> list[Piece]:
        """Return spans of a value; pieces, if the target has other checksums."""
        is_raw = self._checksums[0] == self._checksums[1]
        if is_raw and isinstance(part.value, InFile):
            return [part.value.piece(*span) for span in spans]
        found = part.value.read(spans)
        if is_raw:
            return list(found)
        key, store = self._ends.source.key(part.name), self._ends.source.store
        return [rewrapped(data, *self._checksums, key=key, store=store) for data in found]

    def _shard(
        self, index: Index, pieces: list[Piece], places: Numbers, nbytes: Numbers
    ) -> tuple[list[Piece], int]:
        """Return what a shard is made of, and its size."""
        document = self.target.document
        shape = grid_of(document, index)
        found = ShardIndex(np.full(shape, MISSING, "u8"), np.full(shape, MISSING, "u8"))
        size = index_nbytes(document, index)
        at_start = form_of(document).location == "start"
        ends = np.cumsum(nbytes)
        found.offsets.reshape(-1)[places] = ends - nbytes + (size if at_start else 0)
        found.nbytes.reshape(-1)[places] = nbytes
        encoded: Any = encode_index(document, found)
        made = [encoded, *pieces] if at_start else [*pieces, encoded]
        return made, int(ends[-1]) + size


def _runs(owner: Numbers, offsets: Numbers, nbytes: Numbers) -> tuple[Numbers, Numbers]:
    """Return which pieces begin a run of pieces beside each other in one value, and its size."""
    begins = np.ones(len(owner), bool)
    begins[1:] = (owner[1:] != owner[:-1]) | (offsets[:-1] + nbytes[:-1] != offsets[1:])
    first = np.flatnonzero(begins)
    return first, np.add.reduceat(nbytes, first)
