"""Encoded pieces moved between chunks and shards: nothing is decoded but the indices of shards."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.crud._archives.shard_index import (
    MISSING,
    ShardIndex,
    encode_index,
    form_of,
    grid_of,
    index_nbytes,
    index_span,
    read_index,
)
from zarr.crud._repack.chunk_names import name_writer
from zarr.crud._repack.done import Done
from zarr.crud._repack.ends import InFile
from zarr.crud._repack.leaves import Leaf, in_format3, leaf_of
from zarr.crud._repack.values import vanished
from zarr.crud._repack.wraps import rewrapped
from zarr.crud._stores.assembled_files import FilePiece

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from zarr.crud._document.document import Document
    from zarr.crud._repack.ends import Ends, Value
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index
    from zarr.crud._stores.assembled_files import Piece


class Shards(NamedTuple):
    """An array, and its pieces: their grid, and which of them a stored value holds."""

    document: Document
    leaf: Leaf

    @classmethod
    def of(cls, document: Document) -> Shards:
        """Return the pieces of an array that has some."""
        leaf = leaf_of(document)
        if isinstance(leaf, str):
            raise TypeError(leaf)
        return cls(document, leaf)

    def first(self, index: Index) -> Index:
        """Return the place of the first piece of a stored value, in the grid of all pieces."""
        axes = zip(self.document.chunk_grid.axes, index, self.leaf.shape, strict=True)
        return tuple(axis.starts[at] // n for axis, at, n in axes)

    def pieces(self, index: Index) -> Index:
        """Return how many pieces a stored value has along each axis."""
        shape = self.document.chunk_shape_at(index)
        return tuple(length // n for length, n in zip(shape, self.leaf.shape, strict=True))

    @property
    def limit(self) -> Index:
        """How many pieces begin within the array along each axis."""
        return tuple(-(-n // c) for n, c in zip(self.document.shape, self.leaf.shape, strict=True))

    def value_of(self, leaf: Index) -> Index:
        """Return the stored value that holds a piece."""
        axes = zip(self.document.chunk_grid.axes, leaf, self.leaf.shape, strict=True)
        return tuple(int(axis.chunk_of(at * n)) for axis, at, n in axes)


def regrouper(plan: ArrayPlan, ends: Ends, there: Container[str]) -> Callable[[Index], Done]:
    """Return a function that makes stored values of the target.

    It takes the index of a shard of the target, or, if the target has no shards, of a stored value
    of the source.
    """
    work = _Regroup(plan, ends, there)
    return work.make_shard if work.target.leaf.is_sharded else work.split


class _Regroup:
    def __init__(self, plan: ArrayPlan, ends: Ends, there: Container[str]) -> None:
        self._plan, self._ends, self._there = plan, ends, there
        self.source, self.target = Shards.of(plan.source), Shards.of(plan.target)
        shape = self.source.leaf.shape
        self._shift = tuple(start // n for start, n in zip(plan.origin, shape, strict=True))
        self._source_name = name_writer(plan.source)
        self._target_name = name_writer(plan.target)
        self._checksums = self.source.leaf.checksums, self.target.leaf.checksums
        self._is_raw = self._checksums[0] == self._checksums[1]

    def make_shard(self, index: Index) -> Done:
        """Store a shard of the target from the pieces of the source that lie in it."""
        name = self._target_name(index)
        if name in self._there:
            return Done(there=1)
        target = self.target
        first, count = target.first(index), target.pieces(index)
        stop = tuple(min(f + n, e) for f, n, e in zip(first, count, target.limit, strict=True))
        pieces: Any = np.full(count, None, object)
        for value in self._values(first, stop):
            self._collect(value, first, stop, pieces)
        made, nbytes = self._shard(index, pieces)
        if not made:
            return Done(empty=1)
        self._ends.store(name, made)
        return Done(written=1, nbytes=nbytes)

    def split(self, index: Index) -> Done:
        """Store each piece of a value of the source as a chunk of the target."""
        shifted = zip(self.source.first(index), self._shift, strict=True)
        begin = [first - shift for first, shift in shifted]
        ends = zip(begin, self.source.pieces(index), self.target.limit, strict=True)
        stop = tuple(min(first + n, most) for first, n, most in ends)
        # The target may begin within a shard.
        low = tuple(max(first, 0) for first in begin)
        count = tuple(max(n - f, 0) for f, n in zip(low, stop, strict=True))
        pieces: Any = np.full(count, None, object)
        self._collect(index, low, stop, pieces)
        written = there = nbytes = 0
        for at in np.ndindex(*count):
            piece = pieces[at]
            if piece is None:
                continue
            name = self._target_name(tuple(f + n for f, n in zip(low, at, strict=True)))
            if name in self._there:
                there += 1
                continue
            self._ends.store(name, [piece])
            written, nbytes = written + 1, nbytes + _length(piece)
        return Done(written=written, there=there, nbytes=nbytes)

    def _values(self, first: Index, stop: Index) -> Iterator[Index]:
        """The stored values of the source in which the target's pieces from `first` on lie."""
        if any(n <= f for f, n in zip(first, stop, strict=True)):
            return
        low = self.source.value_of(tuple(f + s for f, s in zip(first, self._shift, strict=True)))
        high = self.source.value_of(
            tuple(n - 1 + s for n, s in zip(stop, self._shift, strict=True))
        )
        ranges = [range(a, b + 1) for a, b in zip(low, high, strict=True)]
        yield from (index for index in product(*ranges) if index in self._plan.stored)

    def _collect(self, index: Index, first: Index, stop: Index, pieces: Any) -> None:
        """Put the pieces of a value of the source into their places, counted from `first`."""
        name = self._source_name(index)
        value = self._ends.opened(name, self._plan.stored[index])
        if value is None:
            raise vanished(self._ends.source.key(name))
        start = tuple(f - s for f, s in zip(self.source.first(index), self._shift, strict=True))
        if not self.source.leaf.is_sharded:
            at = tuple(a - f for a, f in zip(start, first, strict=True))
            pieces[at] = self._taken(name, value, [(0, value.size)])[0]
            return
        places, spans = self._subchunks(name, index, value, start, first, stop)
        taken = self._taken(name, value, spans)
        for at, piece in zip(places, taken, strict=True):
            pieces[at] = piece

    def _subchunks(
        self, name: str, index: Index, value: Value, start: Index, first: Index, stop: Index
    ) -> tuple[list[Index], list[tuple[int, int]]]:
        """Return where subchunks go, counted from `first`, and where they lie in the shard."""
        document, key = in_format3(self.source.document), self._ends.source.key(name)
        begin, end = index_span(document, value.size, index)
        data = value.read([(begin, end - begin)])[0] if 0 <= begin <= end <= value.size else b""
        store = self._ends.source.store
        found = read_index(document, data, value.size, index, key=key, store=store)
        own = self.source.leaf.own_order
        offsets, nbytes, present = own(found.offsets), own(found.nbytes), own(found.present)
        # Only what lies in the part of the array that is made.
        cut = tuple(
            slice(max(f - s, 0), max(n - s, 0)) for f, n, s in zip(first, stop, start, strict=True)
        )
        base = tuple(max(s, f) - f for s, f in zip(start, first, strict=True))
        where = np.argwhere(present[cut])
        places = [tuple(int(b + n) for b, n in zip(base, at, strict=True)) for at in where.tolist()]
        part_offsets, part_nbytes = offsets[cut], nbytes[cut]
        spans = [
            (int(part_offsets[tuple(at)]), int(part_nbytes[tuple(at)])) for at in where.tolist()
        ]
        return places, spans

    def _taken(self, name: str, value: Value, spans: list[tuple[int, int]]) -> list[Piece]:
        """Return pieces of a value with the checksums of the target."""
        if self._is_raw and isinstance(value, InFile):
            return [value.piece(*span) for span in spans]
        found = value.read(spans)
        if self._is_raw:
            return list(found)
        key, store = self._ends.source.key(name), self._ends.source.store
        return [rewrapped(data, *self._checksums, key=key, store=store) for data in found]

    def _shard(self, index: Index, pieces: Any) -> tuple[list[Piece], int]:
        """Return what makes the shard of these pieces, and its size; nothing if there are none."""
        document, leaf = self.target.document, self.target.leaf
        ordered = leaf.of_codec(pieces)
        shape = grid_of(document, index)
        found = ShardIndex(np.full(shape, MISSING, "u8"), np.full(shape, MISSING, "u8"))
        size = index_nbytes(document, index)
        at_start = form_of(document).location == "start"
        made: list[Piece] = []
        position = size if at_start else 0
        for at in np.ndindex(*shape):
            piece = ordered[at]
            if piece is not None:
                length = _length(piece)
                found.offsets[at], found.nbytes[at] = position, length
                position += length
                made.append(piece)
        if not made:
            return [], 0
        made = _merged(made)
        encoded = encode_index(document, found)
        made = [encoded, *made] if at_start else [*made, encoded]
        return made, position + (0 if at_start else size)


def _length(piece: Piece) -> int:
    return piece.length if isinstance(piece, FilePiece) else memoryview(piece).nbytes


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Return the same bytes in fewer pieces, where some lie beside each other in one file."""
    made: list[Piece] = []
    for piece in pieces:
        last = made[-1] if made else None
        if (
            isinstance(piece, FilePiece)
            and isinstance(last, FilePiece)
            and last.path == piece.path
            and last.start + last.length == piece.start
        ):
            made[-1] = last._replace(length=last.length + piece.length)
        else:
            made.append(piece)
    return made
