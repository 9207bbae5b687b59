"""Processes that end at any moment, or are started anew, with requests under way."""

from __future__ import annotations

import multiprocessing
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG, wait_for
from tests.remote import stores
from zarr.storage import FsspecStore, ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

ROOT = Path(__file__).parents[2]

START = """
import sys, threading, time, warnings
warnings.simplefilter("ignore")
import numpy as np
import zarr
from obstore.store import S3Store
from zarr import crud
from zarr.storage import ObjectStore
store = ObjectStore(S3Store("bucket", prefix="data", endpoint=sys.argv[1], region="r",
                            skip_signature=True, client_options={"allow_http": True}))
array = zarr.open_array(store, mode="r+", engine="zarrs")
"""

WRITER = (
    START
    + """
number = 0
while True:
    number += 1
    array[...] = number
    array[1:, 1:] = -number
"""
)

UPLOAD = START + "array[...] = 2"

ENDING = (
    START
    + """
call, how = sys.argv[2:]
started = threading.Event()
def work():
    number = 0
    while True:
        number += 1
        if call == "read":
            array[...]
        elif call == "write":
            array[...] = number
        elif call == "change":
            array[1:, 1:] = number
        else:
            crud.list_chunks(crud.read_metadata(store), store)
        started.set()
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
started.wait()
time.sleep(0.05)
if how == "exception":
    raise SystemExit(7)
"""
)


def start(program: str, server: Server, *arguments: str) -> subprocess.Popen[str]:
    """Start a program on this server."""
    command = [sys.executable, "-c", program, server.url, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def stop(process: subprocess.Popen[str]) -> None:
    """Kill a process that has not ended by itself."""
    assert process.poll() is None, process.communicate()[1][-2000:]
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=HANG)


@pytest.mark.parametrize("shards", [None, (16, 14)])
@pytest.mark.parametrize("compressors", [None, "auto"])
def test_a_killed_writer_leaves_old_or_new_chunks(
    server: Server, shards: Any, compressors: Any
) -> None:
    """Catches a chunk of two versions, and one that cannot be read."""
    stores.make(server, shards=shards, compressors=compressors)
    stores.writable(stores.native(server))[...] = 0
    chance = random.Random(7)
    for _ in range(3):
        server.reset()
        process = start(WRITER, server)
        wait_for(lambda: len(server.gets("PUT")) > 40, "the first writes")
        time.sleep(chance.random() / 10)
        stop(process)
        wait_for(lambda: not server._in_flight, "the end of the requests")
        found = stores.opened(stores.native(server), "zarr")[...]
        rows, columns = (8, 7) if shards is None else shards
        for row in range(0, 40, rows):
            for column in range(0, 30, columns):
                chunk = found[row : row + rows, column : column + columns]
                inner = chunk[row == 0 :, column == 0 :]
                assert np.unique(inner).size == 1
                assert np.unique(abs(chunk)).size == 1


def test_a_killed_upload_leaves_the_old_value(server: Server) -> None:
    """Catches an object of which only some parts have arrived."""
    length = 40 << 20
    array = zarr.create_array(
        stores.native(server), shape=length, chunks=length, dtype="u1", compressors=None
    )
    old = bytes(b"\x01" * length)
    server.objects["bucket/data/c/0"] = old

    def hold(request: Request, reply: Reply) -> None:
        if "partNumber=2" in request.query:
            reply.after = 600

    server.hook = hold
    process = start(UPLOAD, server)
    wait_for(lambda: len(server.gets("PUT")) >= 3, "the parts")
    stop(process)
    wait_for(lambda: not server._in_flight, "the end of the requests")
    assert server.objects["bucket/data/c/0"] == old
    server.hook = None
    array = stores.writable(stores.native(server))
    array[...] = 3
    assert server.objects["bucket/data/c/0"] == b"\x03" * length


@pytest.mark.parametrize("how", ["end", "exception"])
@pytest.mark.parametrize("call", ["read", "write", "change", "nodes"])
def test_the_interpreter_ends_with_requests_in_flight(server: Server, call: str, how: str) -> None:
    """Catches a hang, a crash or a message at the end of the interpreter."""
    stores.make(server, compressors="auto")
    server.latency = 0.01
    process = start(ENDING, server, call, how)
    try:
        _, said = process.communicate(timeout=HANG)
    finally:
        process.kill()
    assert (process.returncode, said) == (7 if how == "exception" else 0, "")
    server.latency = 0
    if call in ("write", "change"):
        stores.opened(stores.native(server), "zarr")[...]


def total(store: Any, number: int) -> int:
    """Change an element in another process, and return the sum of all."""
    array: Any = zarr.open_array(store, mode="r+", engine="zarrs")
    array[number, 0] = 1000 + number
    return int(array[:, 1:].sum())


@pytest.mark.filterwarnings("ignore:This process")
@pytest.mark.parametrize("kind", ["s3", "s3fs"])
def test_a_spawned_process_reads_and_writes_with_a_store_of_its_parent(
    server: Server, kind: str
) -> None:
    """Catches a store that cannot be sent to another process, and one that is not native there."""
    data = stores.make(server)
    store: Any = stores.native(server)
    if kind == "s3fs":
        options = {"endpoint_url": server.url, "key": "id", "secret": "s"}
        store = FsspecStore.from_url("s3://bucket/data", storage_options=options)
    array = zarr.open_array(store, mode="r", engine="zarrs")
    assert np.array_equal(array[...], data)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        sums = list(pool.map(total, [store] * 4, range(4)))
    assert sums == [int(data[:, 1:].sum())] * 4
    data[:4, 0] = [1000, 1001, 1002, 1003]
    assert np.array_equal(array[...], data)


@pytest.mark.parametrize("engine", ["zarr", "zarrs", "reference"])
def test_s3fs_itself_writes_to_the_server(server: Server, engine: str) -> None:
    """Catches a server of these tests that never invites the body that s3fs holds back."""
    options = {"endpoint_url": server.url, "key": "id", "secret": "s"}

    class Bridged(FsspecStore):
        pass

    store = Bridged.from_url("s3://bucket/data", storage_options=options)
    array: Any = zarr.create_array(store, shape=(9,), chunks=(4,), dtype="i4", engine=engine)
    array[...] = np.arange(9)
    array[3:5] = 7
    found: Any = zarr.open_array(ObjectStore(stores.s3(server)), mode="r")[...]
    assert found.tolist() == [0, 1, 2, 7, 7, 5, 6, 7, 8]
    assert any(request.headers.get("expect") for request in server.gets("PUT"))
