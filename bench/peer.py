"""What a peer is: something that reads and writes one array in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

type Selection = tuple[int | slice, ...]
type Index = tuple[int, ...]
type Values = npt.NDArray[Any]


class RefusedError(Exception):
    """The peer has no way to do this work; the message says why."""


class Peer(Protocol):
    """Something that reads and writes one Zarr array in a folder, opened once."""

    name: ClassVar[str]
    ours: ClassVar[bool]

    def __init__(self, folder: Path) -> None: ...

    def read(self, selection: Selection) -> Any:
        """Return the selected elements as a NumPy array or scalar."""

    def read_chunk(self, index: Index) -> Any:
        """Return one whole chunk as a NumPy array."""

    def write(self, selection: Selection, value: Values) -> None:
        """Store the selected elements."""


def chunk_region(index: Sequence[Any], chunk: Sequence[int]) -> Selection:
    """Return the elements of a chunk."""
    return tuple(slice(i * n, (i + 1) * n) for i, n in zip(index, chunk, strict=True))


def refuse_steps(selection: Selection) -> None:
    """Raise for a selection with steps."""
    for item in selection:
        if isinstance(item, slice) and item.step not in (None, 1):
            raise RefusedError("it does not serve steps")


def same(found: Any, expected: Values) -> bool:
    """Tell whether a peer returned these elements; some keep an axis where others drop it."""
    array = np.asarray(found)
    return array.dtype == expected.dtype and np.array_equal(array.squeeze(), expected.squeeze())


class Indexed:
    """A peer that is indexed like a NumPy array."""

    array: Any

    def read(self, selection: Selection) -> Any:
        """Index."""
        return self.array[selection]

    def read_chunk(self, index: Index) -> Any:
        """Index what the chunk covers."""
        return self.array[chunk_region(index, self.array.shards or self.array.chunks)]

    def write(self, selection: Selection, value: Values) -> None:
        """Assign."""
        self.array[selection] = value
