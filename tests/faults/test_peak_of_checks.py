"""The peak memory of checks of archives: that of some chunks, whatever the size of the archive."""

from __future__ import annotations

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

CODE = """
    import sys
    from zarr import crud

    call, root = sys.argv[1], sys.argv[2]

    def high_water():
        lines = dict(line.split(":") for line in open("/proc/self/status"))
        return int(lines["VmHWM"].split()[0]) << 10

    def run(place):
        if call == "verify":
            assert crud.verify(place, level="decode").ok
        elif call == "digest":
            assert crud.verify(place, digest=True).arrays[0].digest
        else:
            assert crud.compare(place, root + "/other", level="elements").ok

    # Imports, threads and caches are there before anything large is decoded.
    run(root + "/other")
    open("/proc/self/clear_refs", "w").write("5")
    before = high_water()
    run(root + "/large")
    print(high_water() - before)
"""


@pytest.mark.parametrize("shards", [None, (512, 16384)])
@pytest.mark.parametrize("call", ["verify", "digest", "elements"])
def test_checks_take_the_memory_of_some_chunks(call: str, shards: Any, tmp_path: Path) -> None:
    """Catches arrays that are kept, a shard of 64 MiB that is decoded whole, or all of an array."""
    rows = np.arange(16384, dtype="f8")
    for name, count in (("large", 4096), ("other", 4096 if call == "elements" else 64)):
        array = zarr.create_array(
            tmp_path / name,
            shape=(count, 16384),
            chunks=(64, 1024),
            shards=shards,
            dtype="f8",
            engine="zarrs",
        )
        for start in range(0, count, 512):
            array[start : start + 512] = rows
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE), call, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=HANG,
    )
    # The array has 512 MiB; what is under way has 128 MiB, and a digest some for each thread.
    assert int(child.stdout) < 160 * MIB
