"""Arrays on the server: what is read or written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import zarr
from bench.layouts import COMPRESSORS

if TYPE_CHECKING:
    from zarr.abc.store import Store

type Data = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Layout:
    """The shape of an array of 32-bit floats, and how it is stored."""

    shape: tuple[int, int]
    chunk: tuple[int, int]
    codec: str
    shard: tuple[int, int] | None = None

    def data(self) -> Data:
        """Return what the array holds."""
        return slope(self.shape)

    def create(self, store: Store) -> None:
        """Write the array with upstream's own writer, so that no engine is its own judge."""
        with zarr.config.set({"array.engine": "zarr"}):
            array: Any = zarr.create_array(
                store,
                shape=self.shape,
                dtype="f4",
                chunks=self.chunk,
                shards=self.shard,
                compressors=COMPRESSORS[self.codec],
                fill_value=0,
            )
        array[...] = self.data()


@lru_cache(maxsize=2)
def slope(shape: tuple[int, int]) -> Data:
    """Return whole numbers that grow along both axes, with some noise."""
    rows, columns = map(np.arange, shape)
    noise = np.random.default_rng(20261129).integers(0, 9, shape)
    data: Data = (np.add.outer(rows, columns) + noise).astype(np.float32)
    data.flags.writeable = False
    return data
