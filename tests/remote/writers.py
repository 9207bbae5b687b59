"""Processes that write elements of one array in an object store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import os, sys, warnings
warnings.simplefilter("ignore")
import zarr
from obstore.store import S3Store
from zarr.storage import ObjectStore

class Bridged(ObjectStore):
    pass

url, kind, first, step, count = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
engine, of = {"reference": ("reference", ObjectStore), "bridge": ("zarrs", Bridged),
              "zarrs": ("zarrs", ObjectStore)}[kind]
inner = S3Store("bucket", prefix="data", endpoint=url, region="r", skip_signature=True,
                client_options={"allow_http": True})
options = {"engine_options": {"locking": "conditional"}}
array = zarr.open_array(of(inner), mode="r+", engine=engine, config=options)
print("ready", flush=True)
sys.stdin.readline()
for at in range(first, count, step):
    array[at] = at + 1
# The threads of obstore may crash a process that ends while they free what was sent.
os._exit(0)
"""


def write_at_once(url: str, kinds: list[str], count: int) -> None:
    """Write each element by one of several processes, which begin together."""
    each = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, kind, *map(str, (number, len(kinds), count))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number, kind in enumerate(kinds)
    ]
    try:
        for process in each:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()[1][-2000:]
        for process in each:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in each:
            _, errors = process.communicate(timeout=300)
            assert process.returncode == 0, f"{process.returncode}: {errors[-2000:]}"
    finally:
        for process in each:
            process.kill()
            process.wait()
