"""What kept chunks save: slabs that cut the chunks, and an element that is read again.

.venv/bin/python -m bench.kept_chunks
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import zarr
from zarr import zarrs
from zarr.codecs import ZstdCodec

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 7
BYTES: Final = 64 << 20
HEIGHT: Final = 256
ROWS: Final = (64, 16, 4)
REST: Final = 3.5
"""Seconds after which chunks of a file are kept, and a little more."""

type Calls = dict[str, Callable[[], object]]


def volume() -> np.ndarray[Any, Any]:
    """Noise around a mean, which zstd makes smaller by about a third."""
    return np.random.default_rng(0).normal(1000, 30, (HEIGHT, 512, 512)).astype("u2")


def create(folder: Path) -> None:
    """Write the arrays: a volume in chunks of 512 KiB, and chunks of 1 MiB for single elements."""
    zarr.create_array(folder / "volume", data=volume(), chunks=(64, 64, 64))
    plane = np.ascontiguousarray(volume()[:, :, 0]).repeat(4, axis=0)[:1024]
    for name, codec in (("raw", None), ("zstd", ZstdCodec(level=3))):
        zarr.create_array(folder / name, data=plane, chunks=plane.shape, compressors=codec)
    time.sleep(REST)


def opened(path: Path, cached: int) -> Any:
    """Open an array with the engine zarrs, and a cache of so many bytes."""
    array = zarr.open_array(path, mode="r", engine="zarrs")
    return array.with_config({"engine_options": {"chunk_cache": cached}})


def slabs(read: Callable[[slice], object], rows: int) -> list[object]:
    """Read all of the volume, in slabs of so many rows."""
    return [read(slice(start, start + rows)) for start in range(0, HEIGHT, rows)]


def ours(path: Path, rows: int, cached: int) -> list[object]:
    """Read the slabs with an empty cache of ours."""
    array = opened(path, cached)
    zarrs.chunk_cache_clear()
    return slabs(array.__getitem__, rows)


def tensorstores(path: Path, rows: int) -> list[object]:
    """Read the slabs with an empty cache of tensorstore, which asks the files no more."""
    import tensorstore as ts

    spec = {
        "driver": "zarr3",
        "kvstore": {"driver": "file", "path": str(path)},
        "context": {"cache_pool": {"total_bytes_limit": BYTES}},
        "recheck_cached_data": False,
    }
    array = ts.open(spec, open=True).result()
    return slabs(lambda rows: array[rows].read().result(), rows)


def slab_calls(folder: Path, rows: int) -> Calls:
    """The readers of slabs, by name."""
    path = folder / "volume"
    return {
        "zarrs": lambda: ours(path, rows, 0),
        "zarrs, kept": lambda: ours(path, rows, BYTES),
        "tensorstore, kept": lambda: tensorstores(path, rows),
    }


def element_calls(folder: Path) -> Calls:
    """A thousand reads of one element: of a raw chunk, and of a kept one."""
    raw, kept = opened(folder / "raw", 0), opened(folder / "zstd", BYTES)
    return {
        "raw": lambda: [raw[5, 7] for _ in range(1000)],
        "zstd, kept": lambda: [kept[5, 7] for _ in range(1000)],
    }


def timed(calls: Calls) -> dict[str, float]:
    """Medians in milliseconds; the calls take turns, after one that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(ROUNDS + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            taken = (time.perf_counter() - start) * 1000
            if number:
                times[name].append(taken)
    return {name: median(taken) for name, taken in times.items()}


def main() -> None:
    """Print two tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create(folder)
        print("| 128 MiB in slabs | zarrs, ms | zarrs, kept, ms | tensorstore, kept, ms |")
        print("|---|--:|--:|--:|")
        for rows in ROWS:
            taken = timed(slab_calls(folder, rows)).values()
            print(f"| {rows} rows | {' | '.join(f'{one:.0f}' for one in taken)} |")
        print("\n| 1 MiB | one element, µs |\n|---|--:|")
        for name, one in timed(element_calls(folder)).items():
            print(f"| {name} | {one:.1f} |")


if __name__ == "__main__":
    main()
