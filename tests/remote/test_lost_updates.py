"""Processes that write into one chunk at the same time lose nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.patience import HANG
from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Server

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys, warnings
warnings.simplefilter("ignore")
import zarr
from obstore.store import S3Store
from zarr.storage import ObjectStore

url, number = sys.argv[1], int(sys.argv[2])
inner = S3Store("bucket", prefix="data", endpoint=url, region="r", skip_signature=True,
                client_options={"allow_http": True})
array = zarr.open_array(ObjectStore(inner), mode="r+", engine="zarrs")
print("ready", flush=True)
input()
for place in range(number, 400, 4):
    array[place] = place + 1
"""


@pytest.mark.parametrize("shards", [None, (400,)])
@pytest.mark.parametrize("exists", [True, False])
def test_processes_lose_no_element_of_a_chunk(server: Server, shards: Any, exists: bool) -> None:
    """Catches a lost update between machines: no process knows of the others."""
    chunks = (400,) if shards is None else (10,)
    stores.make(server, (400,), chunks=chunks, shards=shards)
    if not exists:
        del server.objects["bucket/data/c/0"]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, server.url, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        for number in range(4)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("\n")
            writer.stdin.flush()
        for writer in writers:
            assert writer.wait(HANG) == 0
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    found = stores.opened(stores.native(server), "zarr")[...]
    assert np.array_equal(found, np.arange(400) + 1)
