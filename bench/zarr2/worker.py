"""A process that runs the cases with one zarr, of release 2 or ours: ``worker.py MODE FOLDER``.

It imports nothing of this project, because the environment of zarr 2 has none of it. Each line that
it reads is the name of a case, or "data", which makes the array on disk. For a case it prints the
seconds of one call, and a digest of what was read.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from time import perf_counter
from typing import Any

import numpy as np

import zarr as any_release

zarr: Any = any_release
MODE, FOLDER = sys.argv[1:3]
IS_2 = zarr.__version__.startswith("2.")
DATES = np.random.default_rng(1).integers(0, 199, 120)
SHAPE = (60632, 4, 1, 10)
FUSED = "zarr.core.codec_pipeline.FusedCodecPipeline"
SAMPLE = 0.02
"""Seconds that the calls of one sample take at least, together."""


def make() -> None:
    """Write weather fields with zarr 2: format 2, Blosc, one date in a chunk."""
    random = np.random.default_rng(0)
    base = np.cumsum(random.standard_normal((20, 1, 40320)).astype("f4"), -1)
    shape, chunks = (200, 20, 1, 40320), (1, 20, 1, 40320)
    array = zarr.open(FOLDER, mode="w", shape=shape, chunks=chunks, dtype="f4")
    for date in range(shape[0]):
        array[date] = np.round(base + date, 1)


def opened() -> Any:
    """Open the array on disk."""
    if IS_2:
        return zarr.open(FOLDER, mode="r")
    if MODE == "engine":
        return zarr.open_array(FOLDER, mode="r", engine="zarrs")
    return zarr.open_array(FOLDER, mode="r")


def in_memory() -> Any:
    """Make the array of the memory cases."""
    values = np.arange(np.prod(SHAPE), dtype="f8").reshape(SHAPE)
    if IS_2:
        return zarr.group().create_dataset("data", data=values, shape=SHAPE, compressor=None)
    group = zarr.group(zarr_format=2, **({"engine": "zarrs"} if MODE == "engine" else {}))
    return group.create_array("data", data=values, compressors=None)


def cases() -> dict[str, tuple[Any, int]]:
    """Return each case: a function, and how many reads one call of it makes."""
    data, disk = in_memory(), opened()
    step = SHAPE[0] // 10
    return {
        "memory: data[0:10, :, 0]": (lambda: [data[0:10, :, 0]], 1),
        "memory: data[:]": (lambda: [data[:, :, :]], 1),
        "memory: data[0]": (lambda: [data[0]], 1),
        "memory: data[15:-15:step]": (lambda: [data[15:-15:step]], 1),
        "memory: data[-1]": (lambda: [data[-1]], 1),
        "disk: a[i]": (lambda: [disk[int(i)] for i in DATES], len(DATES)),
        "disk: a[i:i+2]": (
            lambda: [disk[int(i) : int(i) + 2] for i in DATES],
            len(DATES),
        ),
        "disk: a[i, 3:6]": (lambda: [disk[int(i), 3:6] for i in DATES], len(DATES)),
    }


def digest(found: list[Any]) -> str:
    """Return what identifies the results of a call."""
    whole = sha256()
    for array in found:
        whole.update(repr((array.shape, array.dtype.str)).encode())
        whole.update(np.ascontiguousarray(array))
    return whole.hexdigest()


def main() -> None:
    """Answer each line."""
    if MODE == "fused":
        zarr.config.set({"codec_pipeline.path": FUSED})
    known: dict[str, tuple[Any, int]] | None = None
    calls: dict[str, tuple[int, str]] = {}
    for line in sys.stdin:
        name = line.strip()
        if name == "data":
            make()
            print("made", flush=True)
            continue
        known = cases() if known is None else known
        call, reads = known[name]
        if name not in calls:
            result = digest(call())
            start = perf_counter()
            call()
            calls[name] = max(1, int(SAMPLE / (perf_counter() - start))), result
        count, result = calls[name]
        start = perf_counter()
        for _ in range(count):
            call()
        print((perf_counter() - start) / count / reads, result, flush=True)


main()
