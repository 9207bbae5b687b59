"""The interface of a peer, which reads and writes one array in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from zarr.core.buffer.cpu import NDBuffer

type Selection = tuple[int | slice, ...]
type Index = tuple[int, ...]
type Values = npt.NDArray[Any]
type Positions = npt.NDArray[np.int64]


class RefusedError(Exception):
    """The peer cannot do this work; the message says why."""


class Peer(Protocol):
    """Something that reads and writes one Zarr array in a folder, opened once."""

    name: ClassVar[str]
    ours: ClassVar[bool]
    replaces: ClassVar[bool]
    """Whether a changed file is a new file, so that no reader ever sees half of it."""
    stored: Any
    """Where upstream's own reader finds what the peer has written."""

    def __init__(self, folder: Path) -> None: ...

    def read(self, selection: Selection) -> Any:
        """Return the selected elements as a NumPy array or scalar, in new memory."""

    def read_again(self, selection: Selection) -> Any:
        """Return the same, in the memory of a released result if the peer can reuse it."""

    def read_into(self, selection: Selection, out: Values) -> Any:
        """Read the selected elements into an array, and return it."""

    def read_rows(self, rows: Sequence[Positions]) -> Any:
        """Return the listed rows of the first axis."""

    def read_points(self, points: Sequence[Positions]) -> Any:
        """Return single elements, given by their positions on every axis."""

    def read_chunk(self, index: Index) -> Any:
        """Return one whole chunk as a NumPy array."""

    def write(self, selection: Selection, value: Values) -> None:
        """Store the selected elements."""

    def append(self, value: Values) -> None:
        """Extend the first axis, and store the new elements."""


class Refusing:
    """Refuses the work that a peer cannot do."""

    def read(self, selection: Selection) -> Any:
        """Refuse."""
        raise RefusedError("it does not read regions")

    def read_again(self, selection: Selection) -> Any:
        """Read; most peers cannot reuse memory."""
        return self.read(selection)

    def read_into(self, selection: Selection, out: Values) -> Any:
        """Refuse."""
        raise RefusedError("it does not read into arrays")

    def read_rows(self, rows: Sequence[Positions]) -> Any:
        """Refuse."""
        raise RefusedError("it does not serve lists")

    def read_points(self, points: Sequence[Positions]) -> Any:
        """Refuse."""
        raise RefusedError("it does not serve points")

    def write(self, selection: Selection, value: Values) -> None:
        """Refuse."""
        raise RefusedError("it does not write")

    def append(self, value: Values) -> None:
        """Refuse."""
        raise RefusedError("it does not append")


@lru_cache
def chunk_region(index: Sequence[Any], chunk: Sequence[int]) -> Selection:
    """Return the region of a chunk; once for each, because a caller has it and it takes 1 µs."""
    return tuple(slice(i * n, (i + 1) * n) for i, n in zip(index, chunk, strict=True))


def refuse_steps(selection: Selection) -> None:
    """Raise for a selection with steps."""
    for item in selection:
        if isinstance(item, slice) and item.step not in (None, 1):
            raise RefusedError("it does not serve steps")


def same(found: Any, expected: Values) -> bool:
    """Return whether a peer returned these elements; some keep an axis that others drop."""
    array = np.asarray(found)
    return array.dtype == expected.dtype and np.array_equal(array.squeeze(), expected.squeeze())


class Indexed(Refusing):
    """A peer that is a zarr.Array."""

    array: Any

    @cached_property
    def chunk(self) -> Any:
        """The shape of a chunk, which a caller knows that reads one after the other."""
        return self.array.shards or self.array.chunks

    def read(self, selection: Selection) -> Any:
        """Index."""
        return self.array[selection]

    def read_into(self, selection: Selection, out: Values) -> Any:
        """Select, with one of zarr's buffers around the array."""
        self.array.get_basic_selection(selection, out=NDBuffer.from_numpy_array(out))
        return out

    def read_rows(self, rows: Sequence[Positions]) -> Any:
        """Index orthogonally."""
        return self.array.oindex[rows[0]]

    def read_points(self, points: Sequence[Positions]) -> Any:
        """Index by coordinates."""
        return self.array.vindex[tuple(points)]

    def read_chunk(self, index: Index) -> Any:
        """Index the region of the chunk."""
        return self.array[chunk_region(index, self.chunk)]

    def write(self, selection: Selection, value: Values) -> None:
        """Assign."""
        self.array[selection] = value

    def append(self, value: Values) -> None:
        """Append."""
        self.array.append(value)
