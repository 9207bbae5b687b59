"""The arrays of the public suite zarr_benchmarks, in any size: ``data.py FOLDER SIDE``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import zarr
from zarr.codecs import ZstdCodec

if TYPE_CHECKING:
    import numpy.typing as npt


def make(folder: Path, side: int) -> None:
    """Write the arrays; chunks are a quarter of each axis, subchunks a quarter of that.

    As in the suite: 16-bit integers that compress well, Zstandard of level 0.
    """
    chunk, sub, zstd = side // 4, side // 16, ZstdCodec(level=0)
    layouts: dict[str, dict[str, Any]] = {
        "raw": {"chunks": (chunk,) * 3, "compressors": None},
        "zstd": {"chunks": (chunk,) * 3, "compressors": [zstd]},
        "sharded": {"chunks": (sub,) * 3, "shards": (chunk,) * 3, "compressors": [zstd]},
    }
    for name, layout in layouts.items():
        array = zarr.create_array(
            folder / name, shape=(side,) * 3, dtype="u2", fill_value=0, engine="zarrs", **layout
        )
        for start in range(0, side, chunk):
            array[start : start + chunk] = slab(start, start + chunk, side)


def slab(start: int, stop: int, side: int) -> npt.NDArray[np.uint16]:
    """Return the planes from `start` to `stop` of the values."""
    rows = np.arange(side, dtype="u8")
    plane = (rows * rows // 32)[:, None] + rows[None, :]
    out = np.empty((stop - start, side, side), "u2")
    for at in range(start, stop):
        out[at - start] = (plane + np.uint64(at) ** 3) % 65536
    return out


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
