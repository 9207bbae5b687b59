"""The pieces of an array: their grid, which of them a stored value holds, and where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from zarr.crud._archives.shard_index import index_span, read_index
from zarr.crud._repack.pieces import PieceForm, in_format3, piece_form_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._repack.ends import Value

type Index = tuple[int, ...]
type Numbers = npt.NDArray[np.int64]


class Part(NamedTuple):
    """Pieces of one stored value, in the order in which they lie there."""

    value: Value
    name: str
    places: Numbers
    """Where each goes: its place along each axis, counted in pieces."""
    offsets: Numbers
    nbytes: Numbers


class Shards(NamedTuple):
    """An array, and its pieces."""

    document: Document
    piece: PieceForm

    @classmethod
    def of(cls, document: Document) -> Shards:
        """Return the pieces of an array that has some."""
        piece = piece_form_of(document)
        if isinstance(piece, str):
            raise TypeError(piece)
        return cls(document, piece)

    def first(self, index: Index) -> Index:
        """Return the place of the first piece of a stored value, in the grid of all pieces."""
        axes = zip(self.document.chunk_grid.axes, index, self.piece.shape, strict=True)
        return tuple(axis.starts[at] // n for axis, at, n in axes)

    def pieces(self, index: Index) -> Index:
        """Return how many pieces a stored value has along each axis."""
        shape = self.document.chunk_shape_at(index)
        return tuple(length // n for length, n in zip(shape, self.piece.shape, strict=True))

    @property
    def limit(self) -> Index:
        """How many pieces begin within the array along each axis."""
        return tuple(-(-n // c) for n, c in zip(self.document.shape, self.piece.shape, strict=True))

    def value_of(self, piece: Index) -> Index:
        """Return the stored value that holds a piece."""
        axes = zip(self.document.chunk_grid.axes, piece, self.piece.shape, strict=True)
        return tuple(int(axis.chunk_of(at * n)) for axis, at, n in axes)

    def part(
        self,
        index: Index,
        value: Value,
        name: str,
        low: Index,
        stop: Index,
        *,
        key: str,
        store: object,
    ) -> Part:
        """Return the pieces of a stored value that lie in a part of the grid of all pieces.

        Places are counted from `low`. Of a shard, the index is read.

        Raises
        ------
        DecodeError
            The index is damaged.
        """
        start = self.first(index)
        if not self.piece.is_sharded:
            place = np.array([[s - f for s, f in zip(start, low, strict=True)]], np.int64)
            return Part(value, name, place, np.zeros(1, np.int64), np.array([value.size]))
        document = in_format3(self.document)
        begin, end = index_span(document, value.size, index)
        data = value.read([(begin, end - begin)])[0] if 0 <= begin <= end <= value.size else b""
        found = read_index(document, data, value.size, index, key=key, store=store)
        own = self.piece.own_order
        cut = tuple(
            slice(max(f - s, 0), max(n - s, 0)) for f, n, s in zip(low, stop, start, strict=True)
        )
        present = own(found.present)[cut]
        offsets = own(found.offsets)[cut][present].astype(np.int64)
        nbytes = own(found.nbytes)[cut][present].astype(np.int64)
        base = [max(s, f) - f for s, f in zip(start, low, strict=True)]
        places = np.argwhere(present) + np.array(base, np.int64)
        order = np.argsort(offsets, kind="stable")
        return Part(value, name, places[order], offsets[order], nbytes[order])
