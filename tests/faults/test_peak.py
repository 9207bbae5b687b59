"""The peak memory of a call: the result, and one chunk for each thread."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20

# Allowance for threads, stacks, caches and partly used pages.
SLACK = 12 * MIB

CODE = """
    import sys
    import numpy as np
    import zarr
    from zarr import crud
    from zarr.storage import LocalStore, MemoryStore

    root, repeats = sys.argv[1], int(sys.argv[2])
    store, document = LocalStore(root), crud.read_metadata(root)

    def high_water():
        lines = dict(line.split(":") for line in open("/proc/self/status"))
        return int(lines["VmHWM"].split()[0]) << 10

    # Imports, threads and caches are there before anything large is read.
    for chunk in range(8):
        crud.read_region(document, store, (chunk * 64, slice(None)), engine="zarrs")
    open("/proc/self/clear_refs", "w").write("5")
    before = high_water()
    for _ in range(repeats):
        result = crud.read_region(document, store, engine="zarrs")
        assert result[-1, -1] == 511 * 16384 + 16383
        del result
    print(high_water() - before)
"""


@pytest.mark.parametrize("repeats", [1, 5])
@pytest.mark.parametrize("codec", ["raw", "zstd", "sharded"])
def test_a_read_takes_its_result_and_a_chunk_for_each_thread(
    codec: str, repeats: int, tmp_path: Path
) -> None:
    """Catches all encoded chunks in memory at once, or a copy of the result."""
    layout: dict[str, Any] = {"chunks": (64, 16384)}
    if codec == "sharded":
        layout = {"shards": (64, 16384), "chunks": (64, 2048)}
    if codec == "raw":
        layout["compressors"] = None
    values = np.arange(512 * 16384, dtype="f8").reshape(512, 16384)
    array = zarr.create_array(
        tmp_path, shape=values.shape, dtype=values.dtype, engine="zarrs", **layout
    )
    array[...] = values
    chunk = 64 * 16384 * 8
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE), str(tmp_path), str(repeats)],
        capture_output=True,
        text=True,
        check=True,
        timeout=HANG,
    )
    # A chunk is decoded in place or beside it, from about as many bytes.
    threads = (os.cpu_count() or 1) * (2 * chunk if codec != "raw" else 0)
    # What was freed before may be used again: some pages.
    assert values.nbytes - MIB <= int(child.stdout) <= values.nbytes + threads + SLACK


WRITE = """
    import sys
    import numpy as np
    from zarr import crud
    from zarr.storage import LocalStore

    root = sys.argv[1]
    store, document = LocalStore(root), crud.read_metadata(root)
    value = np.ones(document["shape"][0] // 4096, "u1")

    def high_water():
        lines = dict(line.split(":") for line in open("/proc/self/status"))
        return int(lines["VmHWM"].split()[0]) << 10

    crud.write_region(document, store, 0, 1, engine="zarrs")
    open("/proc/self/clear_refs", "w").write("5")
    before = high_water()
    crud.write_region(document, store, slice(None, None, 4096), value, engine="zarrs")
    print(high_water() - before)
"""


def test_a_partial_write_takes_a_chunk_twice_for_each_core(tmp_path: Path) -> None:
    """Catches threads that wait for the disk with large chunks in memory; there are more of them
    than cores.
    """
    chunk = 16 * MIB
    zarr.create_array(
        tmp_path, shape=32 * chunk, chunks=chunk, dtype="u1", fill_value=3, compressors=None
    )
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WRITE), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=HANG,
    )
    assert int(child.stdout) <= (os.cpu_count() or 1) * 2 * chunk + SLACK


COPY = """
    import sys
    import zarr

    source = zarr.open_array(sys.argv[1], mode="r", engine="zarrs")
    target = zarr.create_array(
        sys.argv[2], shape=source.shape, chunks=(64, 3000), dtype="f8", engine="zarrs"
    )

    def high_water():
        lines = dict(line.split(":") for line in open("/proc/self/status"))
        return int(lines["VmHWM"].split()[0]) << 10

    target[:64] = source[:64]
    open("/proc/self/clear_refs", "w").write("5")
    before = high_water()
    target[...] = source
    print(high_water() - before)
"""


def test_a_copy_of_an_array_takes_some_pieces_of_it(tmp_path: Path) -> None:
    """Catches an array that is read whole before it is written, or pieces that are kept."""
    values = np.arange(512 * 16384, dtype="f4").reshape(512, 16384)
    source = zarr.create_array(
        tmp_path / "source", shape=(8192, 16384), chunks=(128, 1024), dtype="f4", engine="zarrs"
    )
    source[1024:1536] = values
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(COPY),
            str(tmp_path / "source"),
            str(tmp_path / "target"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=HANG,
    )
    copy = zarr.open_array(tmp_path / "target", mode="r", engine="zarrs")
    np.testing.assert_array_equal(copy[1024:1536], values)
    # A gibibyte when converted, in pieces of 64 MiB, each of which is read and then converted.
    assert int(child.stdout) <= 160 * MIB


REENCODE = """
    import os, sys

    # Each thread that runs codecs keeps some buffers, so there are to be few.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])

    from zarr import crud
    from zarr.codecs import GzipCodec

    def high_water():
        lines = dict(line.split(":") for line in open("/proc/self/status"))
        return int(lines["VmHWM"].split()[0]) << 10

    root, target, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
    changes = {"chunks": (128, 2048), "compressors": [GzipCodec(level=1)]}
    crud.repack(root, f"{target}-warm", path="small", **changes)
    open("/proc/self/clear_refs", "w").write("5")
    before = high_water()
    report = crud.repack(root, target, path="large", max_memory=most, **changes)
    assert report.arrays[0].way == "re-encoded"
    print(high_water() - before)
"""


def test_a_repack_takes_as_much_memory_as_it_may(tmp_path: Path) -> None:
    """Catches freed buffers that the C library keeps for each thread, ten chunks of them."""
    most = 32 * MIB
    for name, rows in (("small", 128), ("large", 4096)):
        array: Any = zarr.create_array(
            tmp_path / "s", name=name, shape=(rows, 4096), chunks=(128, 4096), dtype="i4"
        )
        array[...] = np.arange(rows, dtype="i4")[:, np.newaxis]
    places = str(tmp_path / "s"), str(tmp_path / "t")
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(REENCODE), *places, str(most)],
        capture_output=True,
        text=True,
        check=True,
        timeout=HANG,
    )
    assert int(child.stdout) <= 1.1 * most
