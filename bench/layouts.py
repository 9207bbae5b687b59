"""Arrays on disk: what each measurement reads or writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

import zarr
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

type Data = npt.NDArray[np.uint16]

COMPRESSORS: Final[dict[str, Any]] = {
    "raw": None,
    "zstd": ZstdCodec(level=3),
    "blosc": BloscCodec(cname="lz4", clevel=5, shuffle="shuffle"),
    "gzip": GzipCodec(level=5),
}


@dataclass(frozen=True)
class Layout:
    """The shape of an array of 16-bit integers, and how it is stored."""

    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    codec: str
    shard: tuple[int, ...] | None = None

    def data(self) -> Data:
        """Return what the array holds."""
        return terrain(self.shape)

    def create(self, folder: Path, *, filled: bool) -> None:
        """Write the array with upstream's own writer, so that no engine is its own judge."""
        with zarr.config.set({"array.engine": "zarr"}):
            array = zarr.create_array(
                folder,
                shape=self.shape,
                dtype="u2",
                chunks=self.chunk,
                shards=self.shard,
                compressors=COMPRESSORS[self.codec],
                fill_value=0,
            )
        if filled:
            array[...] = self.data()


def stored(place: Any) -> Data:
    """Read the whole array of a store or folder with upstream's own reader."""
    found: Data = np.asarray(zarr.open_array(place, mode="r", engine="zarr")[...])
    return found


@lru_cache(maxsize=4)
def terrain(shape: tuple[int, ...]) -> Data:
    """Return smooth hills with one bit of noise: compressible, but not trivially so."""
    height = np.full(shape, 4000, np.float32)
    for axis, length in enumerate(shape):
        waves = 300 * np.sin(np.arange(length, dtype=np.float32) / (17 + 6 * axis))
        height += waves.reshape([-1 if other == axis else 1 for other in range(len(shape))])
    noise = np.random.default_rng(20260101).integers(0, 2, shape, np.uint8)
    data: Data = height.astype(np.uint16) + noise
    data.flags.writeable = False
    return data
