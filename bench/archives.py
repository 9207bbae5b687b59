"""What archives cost to copy, to regroup and to re-encode, beside `cp`, from_array and dask.

.venv/bin/python -m bench.archives                          # some minutes
.venv/bin/python -m bench.archives --mebibytes 32 --rounds 1   # a minute
.venv/bin/python -m bench.archives --memory 64              # the memory of each way, in mebibytes
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import dask.array
import numpy as np

import zarr
from zarr import crud
from zarr.codecs import GzipCodec
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable

type Way = Callable[[Path, Path], object]

LARGE: Final = (16, 256, 256)
SMALL: Final = (8, 32, 32)
SHARD: Final = (64, 256, 256)


class Case(NamedTuple):
    """An archive, and what `repack` is asked for."""

    name: str
    chunks: tuple[int, ...]
    shards: tuple[int, ...] | None
    wanted: dict[str, Any]
    other: dict[str, Any] | None
    """The same for `from_array` and dask, if they can do it."""


CASES: Final = (
    Case("copied: chunks of 2 MiB", LARGE, None, {}, None),
    Case("copied: chunks of 16 KiB", SMALL, None, {}, None),
    Case("regrouped: 16 KiB into shards", SMALL, None, {"shards": SHARD}, {"shards": SHARD}),
    Case("regrouped: shards into 16 KiB", SMALL, SHARD, {"shards": False}, {}),
    Case("regrouped: other shards", SMALL, SHARD, {"shards": (32, 128, 512)}, None),
    Case(
        *("re-encoded: zstd to gzip", LARGE, None),
        {"compressors": [GzipCodec(level=1)]},
        {"compressors": [GzipCodec(level=1)]},
    ),
    Case("re-encoded: other chunks", LARGE, None, {"chunks": (64, 128, 128)}, {}),
    Case("re-encoded: slices", LARGE, None, {"chunks": (1, 1024, 1024)}, {}),
)


def make(folder: Path, case: Case, mebibytes: int) -> Path:
    """Create the archive of a case: noise that compresses to about a half."""
    place = folder / f"{case.chunks}{case.shards}"
    if place.exists():
        return place
    shape = (max(64, mebibytes // 2 // 64 * 64), 1024, 1024)
    array: Any = zarr.create_array(
        LocalStore(place), shape=shape, chunks=case.chunks, shards=case.shards, dtype="u2"
    ).with_engine("zarrs")
    random = np.random.default_rng(7)
    for start in range(0, shape[0], 64):
        array[start : start + 64] = random.integers(0, 200, (64, *shape[1:]), "u2")
    return place


def copy_tree(source: Path, target: Path) -> None:
    """Copy as `cp -r` does."""
    subprocess.run(["cp", "-r", source, target], check=True)


def layout_of(case: Case) -> dict[str, Any]:
    """Return the arguments of `create_array` for the target of a case."""
    chunks = case.wanted.get("chunks", case.chunks)
    shards = case.wanted.get("shards", case.shards) or None
    return {"chunks": chunks, "shards": shards, **(case.other or {})}


def with_from_array(case: Case, engine: str) -> Way:
    """Return `zarr.from_array` with an engine."""

    def run(source: Path, target: Path) -> None:
        array = zarr.open_array(source, engine=engine)
        with zarr.config.set({"array.engine": engine}):
            zarr.from_array(LocalStore(target), data=array, **layout_of(case))

    return run


def with_dask(case: Case) -> Way:
    """Return what dask's users write, with the engine."""

    def run(source: Path, target: Path) -> None:
        layout = layout_of(case)
        # Called as untyped: dask's functions have no annotations.
        da: Any = dask.array
        found = da.from_zarr(zarr.open_array(source, engine="zarrs"))
        found = found.rechunk(layout["shards"] or layout["chunks"])
        made: Any = zarr.create_array(
            LocalStore(target), shape=found.shape, dtype=found.dtype, **layout
        ).with_engine("zarrs")
        da.store(found, made, lock=False)

    return run


def ways_of(case: Case, source: Path, base: Path) -> dict[str, Way]:
    """Return all ways to do what a case wants; `cp` copies the source, or what results from it."""
    ways: dict[str, Way] = {
        "cp": lambda _, target: copy_tree(source, target),
        "cp of the result": lambda _, target: copy_tree(base, target),
        "repack": lambda source, target: crud.repack(source, target, **case.wanted),
    }
    if case.other is not None:
        ways |= {"from_array": with_from_array(case, "zarrs"), "dask": with_dask(case)}
        ways |= {"native from_array": with_from_array(case, "zarr")}
    return ways


def seconds(work: Way, source: Path, target: Path) -> float:
    """Return how long a way takes, into a folder that does not exist."""
    start = time.perf_counter()
    work(source, target)
    return time.perf_counter() - start


def measure(case: Case, folder: Path, mebibytes: int, rounds: int) -> dict[str, float]:
    """Return the median time of each way; they take turns."""
    # No folder is deleted before the end: ext4 looks at each inode that was deleted in the last
    # minutes before it makes a new one, which costs ten times as much as a small file.
    source, base = make(folder, case, mebibytes), folder / f"{case.name} base"
    crud.repack(source, base, **case.wanted)
    ways = ways_of(case, source, base)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, work in ways.items():
            found[name].append(seconds(work, source, folder / f"{case.name} {name} {number}"))
    return {name: median(times) for name, times in found.items()}


def line(case: Case, found: dict[str, float]) -> str:
    """Return the times of a case, and how many times faster `repack` is than each other way."""
    own = found["repack"]
    cells = [f"repack {own:.3f} s"]
    cells += [f"{n} {t:.3f} s ({t / own:.2f})" for n, t in found.items() if n != "repack"]
    return f"{case.name}: {', '.join(cells)}"


MEMORY: Final = """
import re, sys
from pathlib import Path
from zarr import crud
from bench.archives import CASES
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) << 10
case = CASES[int(sys.argv[3])]
crud.repack(sys.argv[4], sys.argv[2] + "-warm", **case.wanted)
Path("/proc/self/clear_refs").write_text("5")
before = peak()
plan = crud.repack_plan(sys.argv[1], sys.argv[2], max_memory=int(sys.argv[5]), **case.wanted)
plan.run()
print(peak() - before, plan.peak_memory)
"""


def memory(number: int, folder: Path, most: int) -> tuple[int, int]:
    """Return the bytes that a repack took, in a process of its own, and those that it planned."""
    source, small = make(folder, CASES[number], 256), folder / "small"
    if not small.exists():
        zarr.create_array(LocalStore(small), shape=(64, 256, 256), chunks=(8, 32, 32), dtype="u2")
    shutil.rmtree(folder / "target", ignore_errors=True)
    shutil.rmtree(folder / "target-warm", ignore_errors=True)
    command = [sys.executable, "-c", MEMORY, str(source), str(folder / "target"), str(number)]
    done = subprocess.run(
        [*command, str(small), str(most)], check=True, capture_output=True, text=True
    )
    taken, planned = re.findall(r"-?\d+", done.stdout)
    return int(taken), int(planned)


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=int, help="measure memory, with this bound in mebibytes")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        for number, case in enumerate(CASES):
            if given.memory:
                taken, planned = memory(number, Path(name), given.memory << 20)
                text = f"{taken >> 20} MiB taken, {planned >> 20} MiB planned"
                print(f"{case.name}: {text}", flush=True)
            else:
                found = measure(case, Path(name), given.mebibytes, given.rounds)
                print(line(case, found), flush=True)


if __name__ == "__main__":
    main()
