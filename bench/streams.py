"""What streams cost: a sum of an array, and a new array of a producer, beside the peers.

.venv/bin/python -m bench.streams                  # some minutes
.venv/bin/python -m bench.streams --mebibytes 64   # a minute
.venv/bin/python -m bench.streams --memory 4096    # the memory of a sum, in a process of its own
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from itertools import product
from math import prod
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import dask.array
import numpy as np
import tensorstore

import zarr
from zarr import crud
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

type Values = np.ndarray[Any, Any]
type Piece = tuple[tuple[slice, ...], Values]

MEMORY_AHEAD: Final = 16 << 20
"""The bytes that a stream may hold where its memory is measured."""


class Layout(NamedTuple):
    """How an array is stored."""

    name: str
    chunk: tuple[int, ...]
    shard: tuple[int, ...] | None
    codec: Any

    def create(self, folder: Path, mebibytes: int) -> crud.Document:
        """Create an array of elevations, without its elements."""
        shape = (max(8, mebibytes // 2), 1024, 1024)
        zarr.create_array(
            folder,
            shape=shape,
            chunks=self.chunk,
            shards=self.shard,
            dtype="u2",
            compressors=self.codec,
            overwrite=True,
        )
        return crud.read_metadata(folder)

    @property
    def piece(self) -> tuple[int, ...]:
        """What a producer makes at a time."""
        return self.shard or self.chunk


LAYOUTS: Final = (
    Layout("zstd, 1 MiB", (8, 256, 256), None, "auto"),
    Layout("raw, 1 MiB", (8, 256, 256), None, None),
    Layout("zstd, 64 KiB in shards of 8 MiB", (8, 64, 64), (16, 512, 512), "auto"),
    Layout("raw, 16 KiB", (8, 32, 32), None, None),
)


def field(shape: tuple[int, ...], piece: tuple[int, ...]) -> Iterator[Piece]:
    """Yield regions of an array with their elements, a slow wave with noise."""
    noise = np.random.default_rng(7).integers(0, 8, piece, "u2")
    wave = (1000 * (1 + np.sin(np.linspace(0, 6, piece[-1])))).astype("u2")
    starts = [range(0, n, c) for n, c in zip(shape, piece, strict=True)]
    for number, corner in enumerate(product(*starts)):
        region = tuple(
            slice(s, min(s + c, n)) for s, c, n in zip(corner, piece, shape, strict=True)
        )
        inside = tuple(slice(part.stop - part.start) for part in region)
        yield region, (wave + noise + np.uint16(number % 50))[inside]


class Sums:
    """Ways to sum an array in a folder."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.document, self.layout = crud.read_metadata(folder), layout
        self.store = LocalStore(folder)
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(folder)}}
        self.opened = tensorstore.open(spec).result()
        self.array = zarr.open_array(folder, mode="r", engine="zarrs")
        self.native = zarr.open_array(folder, mode="r", engine="zarr")

    def pieces_read(self) -> None:
        """Read bands of the first axis, and do nothing with them."""
        for band in self._bands():
            crud.read_region(self.document, self.store, band, engine="zarrs")

    def pieces(self) -> int:
        """Read and sum bands of the first axis."""
        found = (
            crud.read_region(self.document, self.store, b, engine="zarrs") for b in self._bands()
        )
        return sum(int(values.sum(dtype="u8")) for values in found)

    def _bands(self) -> Iterator[slice]:
        rows = self.layout.piece[0]
        return (slice(start, start + rows) for start in range(0, self.document.shape[0], rows))

    def stream_read(self) -> None:
        """Read a stream, and do nothing with it."""
        deque(crud.iter_chunks(self.document, self.store, engine="zarrs"), maxlen=0)

    def stream(self, **arguments: Any) -> int:
        """Sum a stream."""
        regions = crud.iter_chunks(self.document, self.store, engine="zarrs", **arguments)
        return sum(int(values.sum(dtype="u8")) for _, values in regions)

    def dask(self) -> int:
        """Sum with dask, over the engine "zarrs"."""
        return _sum_by_dask(self.array)

    def dask_native(self) -> int:
        """Sum with dask, over zarr-python's own path."""
        return _sum_by_dask(self.native)

    def tensorstore(self) -> int:
        """Sum with TensorStore, whose reads of 16 regions are under way at a time."""
        total, under_way = 0, deque[Any]()
        shape = self.document.shape
        starts = [range(0, n, c) for n, c in zip(shape, self.layout.piece, strict=True)]
        for corner in product(*starts):
            ends = zip(corner, self.layout.piece, shape, strict=True)
            region = tuple(slice(s, min(s + c, n)) for s, c, n in ends)
            under_way.append(self.opened[region].read())
            if len(under_way) == 16:
                total += int(under_way.popleft().result().sum(dtype="u8"))
        return total + sum(int(future.result().sum(dtype="u8")) for future in under_way)


def _sum_by_dask(array: Any) -> int:
    library: Any = dask.array
    return int(library.from_zarr(array).sum(dtype="u8").compute())


def timed(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return medians in seconds; the ways take turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    return {name: median(taken) for name, taken in times.items()}


def reads(layout: Layout, folder: Path, mebibytes: int, rounds: int) -> dict[str, float]:
    """Measure sums of an array."""
    document = layout.create(folder, mebibytes)
    crud.write_chunks(document, folder, field(document.shape, layout.piece), engine="zarrs")
    sums = Sums(folder, layout)
    ways: dict[str, Callable[[], Any]] = {
        "pieces": sums.pieces,
        "stream": sums.stream,
        "stream, unordered": lambda: sums.stream(ordered=False),
        "tensorstore": sums.tensorstore,
    }
    if prod(document.chunk_grid.shape) <= 4096:
        ways |= {"dask": sums.dask, "dask, zarr": sums.dask_native}
    found = {name: way() for name, way in ways.items()}
    if len(set(found.values())) > 1:
        raise SystemExit(f"FAILED: {layout.name}: the sums differ: {found}")
    alone: dict[str, Callable[[], Any]] = {
        "pieces, read": sums.pieces_read,
        "stream, read": sums.stream_read,
    }
    return timed(alone | ways, rounds)


def writes(layout: Layout, folder: Path, mebibytes: int, rounds: int) -> dict[str, float]:
    """Measure new arrays of a producer that makes a region at a time."""

    def piece_by_piece() -> None:
        document = layout.create(folder, mebibytes)
        for region, values in field(document.shape, layout.piece):
            crud.write_region(document, folder, region, values, engine="zarrs")

    def stream() -> None:
        document = layout.create(folder, mebibytes)
        crud.write_chunks(document, folder, field(document.shape, layout.piece), engine="zarrs")

    def produced() -> None:
        document = layout.create(folder, mebibytes)
        deque(field(document.shape, layout.piece), maxlen=0)

    ways = {"made, not written": produced, "piece by piece": piece_by_piece, "stream": stream}
    return timed(ways, rounds)


def memory(mebibytes: int) -> str:
    """Sum an array in another process; return what it says about its memory."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        layout = LAYOUTS[0]
        document = layout.create(Path(folder), mebibytes)
        crud.write_chunks(document, folder, field(document.shape, layout.piece), engine="zarrs")
        command = [sys.executable, "-m", "bench.streams", "--sum", folder]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sum_in(folder: str) -> None:
    """Sum an array, and print by how much the peak of the memory of this process rises."""
    document, store = crud.read_metadata(folder), LocalStore(folder)
    faults, peak = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, peak_mebibytes()
    start, count = time.perf_counter(), 0
    for _, values in crud.iter_chunks(document, store, ahead=MEMORY_AHEAD, engine="zarrs"):
        values.sum(dtype="u8")
        count += values.nbytes
    taken, more = time.perf_counter() - start, peak_mebibytes() - peak
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    print(
        f"{count >> 20} MiB in {taken:.1f} s: {more} MiB of memory, {faults} page faults for "
        f"{count >> 12} pages"
    )


def peak_mebibytes() -> int:
    """Return the most memory of this process so far, on Linux."""
    # The usage of resources begins with that of the process that started this one.
    (found,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found) >> 10


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=512, help="the size of each array")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--memory", type=int, metavar="MEBIBYTES", help="measure the memory of a sum"
    )
    parser.add_argument("--sum", metavar="DIR", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.sum:
        sum_in(options.sum)
        return
    if options.memory:
        print(memory(options.memory), end="")
        return
    for title, measure in (("sum", reads), ("write new", writes)):
        for layout in LAYOUTS:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                found = measure(layout, Path(folder), options.mebibytes, options.rounds)
            first = next(iter(found.values()))
            shown = ", ".join(f"{k} {1e3 * s:.0f} ms ({s / first:.2f})" for k, s in found.items())
            print(f"{title}, {layout.name}: {shown}", flush=True)


if __name__ == "__main__":
    main()
