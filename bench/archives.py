"""What archives cost to copy, to regroup and to re-encode, beside `cp` and other libraries.

.venv/bin/python -m bench.archives                          # some minutes
.venv/bin/python -m bench.archives --mebibytes 32 --rounds 1   # a minute
.venv/bin/python -m bench.archives --memory 64              # the memory of each way, in mebibytes
.venv/bin/python -m bench.archives --page bench/results/DATE-archives.md    # both, as a page
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

import zarr
from bench.archive_peers import (
    ZARRS_REENCODE,
    Way,
    codecs_alone,
    with_dask,
    with_from_array,
    with_zarrs_reencode,
)
from bench.report import PACKAGES, machine
from zarr import crud
from zarr.codecs import GzipCodec
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def ways_of(case: Case, source: Path, base: Path) -> dict[str, Way]:
    """Return all ways to do what a case wants; `cp` copies the source, or what results from it."""
    ways: dict[str, Way] = {
        "cp": lambda _, target: copy_tree(source, target),
        "cp of the result": lambda _, target: copy_tree(base, target),
        "repack": lambda source, target: crud.repack(source, target, **case.wanted),
    }
    layout = layout_of(case)
    if case.other is not None:
        ways |= {"from_array": with_from_array(layout, "zarrs"), "dask": with_dask(layout)}
        ways |= {"native from_array": with_from_array(layout, "zarr")}
    if case.wanted:
        tool = with_zarrs_reencode({"chunks": case.chunks, "shards": case.shards}, layout)
        ways |= {} if tool is None else {ZARRS_REENCODE: tool}
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
    medians = {name: median(times) for name, times in found.items()}
    if case.name.startswith("re-encoded"):
        medians["codecs alone"] = codecs_alone(source, base)
    return medians


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


INTRODUCTION: Final = """\
Arrays of {mebibytes} MiB, two bytes an element, noise that zstd makes half as large; files in the
page cache. Medians of {rounds} rounds, in which the ways take turns. In brackets: how many times
faster `repack` is. `codecs alone` is the processor time that the codecs take to decode each chunk
of the source and to encode each chunk of the target once, divided by the number of processors: no
way that uses the same codecs can be faster. from_array and dask use them; `native from_array` is
zarr-python without an engine. `zarrs_reencode` 0.8.1 takes part where it is installed: it takes no
shards away, and stores other chunks as shards of one chunk each. rechunker 0.5.2 does not run with
zarr 3 ("AttributeError: module 'zarr' has no attribute 'hierarchy'").
"""


def times(folder: Path, mebibytes: int, rounds: int) -> Iterator[str]:
    """Measure the time of each case, and yield a line for it."""
    for case in CASES:
        yield line(case, measure(case, folder, mebibytes, rounds))


def memories(folder: Path, most: int) -> Iterator[str]:
    """Measure the memory of each case with a bound in mebibytes, and yield a line for it."""
    for number, case in enumerate(CASES):
        taken, planned = memory(number, folder, most << 20)
        yield f"{case.name}: {taken >> 20} MiB taken, {planned >> 20} MiB planned"


def page(folder: Path, mebibytes: int, rounds: int, most: int) -> str:
    """Measure time and memory, and return them with the machine and the packages."""
    today = datetime.now(tz=UTC).date()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    said = [f"# Archives, {today}\n\n{machine()}; {packages}.\n"]
    said.append(INTRODUCTION.format(mebibytes=mebibytes, rounds=rounds))
    said += [f"- {text}" for text in times(folder, mebibytes, rounds)]
    said.append(f"\n## Memory\n\nArrays of 256 MiB, and a bound of {most} MiB.\n")
    said += [f"- {text}" for text in memories(folder, most)]
    return "\n".join(said) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print a line for each case, or write a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=int, help="measure memory, with this bound in mebibytes")
    parser.add_argument("--page", type=Path, help="write a page, with both")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        if given.page:
            text = page(folder, given.mebibytes, given.rounds, given.memory or 64)
            given.page.write_text(text, encoding="utf-8")
            return
        for text in (
            memories(folder, given.memory)
            if given.memory
            else times(folder, given.mebibytes, given.rounds)
        ):
            print(text, flush=True)


if __name__ == "__main__":
    main()
