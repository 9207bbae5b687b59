"""Forked children: they use no connections and no network threads of others, and make their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import zarr
from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Server

ROOT = Path(__file__).parents[2]

PROGRAM = """
import os, signal, sys, threading, warnings
warnings.simplefilter("ignore")
import numpy as np
import zarr
from obstore.store import HTTPStore, S3Store
from zarr.storage import FsspecStore, ObjectStore

kind, url = sys.argv[1:]
def make(prefix, kind=kind):
    if kind == "s3fs":
        options = {"key": "id", "secret": "s", "endpoint_url": url}
        return FsspecStore.from_url(f"s3://bucket/{prefix}", storage_options=options)
    if kind == "fsspec":
        return FsspecStore.from_url(f"{url}/bucket/{prefix}")
    if kind == "s3":
        inner = S3Store("bucket", prefix=prefix, endpoint=url, region="r", skip_signature=True,
                        client_options={"allow_http": True})
    else:
        inner = HTTPStore.from_url(f"{url}/bucket/{prefix}", client_options={"allow_http": True})
    return ObjectStore(inner)

array = zarr.open_array(make("data"), mode="r", engine="zarrs")
# fsspec does not write over HTTP.
target = zarr.open_array(make("target", kind.replace("fsspec", "http")), mode="r+", engine="zarrs")
expected = array[...]
target[:] = 0
busy, stop = [], threading.Event()
def work():
    while not stop.is_set():
        array[:8]
        target[20] = target[20] + 1
# Forks happen while other threads read and write.
threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
children = []
for number in range(20):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        target[number] = number + 1
        same = np.array_equal(array[...], expected) and np.array_equal(array[:8], expected[:8])
        os._exit(0 if same else 3)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
stop.set()
for thread in threads:
    thread.join()
assert np.array_equal(array[...], expected)
assert target[:20].tolist() == list(range(1, 21)) and target[20] > 0
print(codes)
"""


@pytest.mark.parametrize("kind", ["s3", "http", "s3fs", "fsspec"])
def test_twenty_forked_children_read_and_write_at_once(server: Server, kind: str) -> None:
    """Catches connections, threads or locks of the parent that a child waits for."""
    stores.make(server, compressors="auto")
    # Over HTTP there are no conditions, so each child has a chunk of its own.
    chunks = (24,) if kind.startswith("s3") else (1,)
    zarr.create_array(stores.native(server, "target"), shape=(24,), chunks=chunks, dtype="i8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, server.url],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )
    assert done.stdout.strip() == str([0] * 20), done.stderr[-2000:]


SHARED = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
import zarr
from zarr import crud
from zarr.storage import FsspecStore

kind, engine, url = sys.argv[1:]
def make():
    if kind == "s3fs":
        options = {"key": "id", "secret": "s", "endpoint_url": url,
                   "s3_additional_kwargs": {"ACL": "private"}}
        return FsspecStore.from_url("s3://bucket/data", storage_options=options)
    options = {"client_kwargs": {"requote_redirect_url": False}}
    return FsspecStore.from_url(f"{url}/bucket/data", storage_options=options)

store = make()
array = zarr.open_array(store, mode="r")
expected = array[...]
served = zarr.open_array(store, mode="r", engine=engine)
assert not served.engine_info().verdicts["zarrs"].store.startswith("natively")
document = crud.read_metadata(store)
acts = [
    lambda: served[:8],
    lambda: crud.read_region(document, store, engine=engine),
    lambda: crud.read_metadata(store, engine=engine),
    lambda: zarr.open_array(store, mode="r", engine=engine),
]
children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        signal.alarm(100)
        refused = 0
        for act in acts:
            try:
                act()
            except crud.UnsupportedError as err:
                refused += "each other's answers" in str(err)
        new = zarr.open_array(make(), mode="r", engine=engine)
        os._exit(refused if np.array_equal(new[...], expected) else 9)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
assert np.array_equal(served[...], expected)
print(codes)
"""


@pytest.mark.parametrize("engine", ["zarrs", "reference", "auto"])
@pytest.mark.parametrize("kind", ["s3fs", "fsspec"])
def test_children_do_not_read_from_connections_of_their_parent(
    server: Server, kind: str, engine: str
) -> None:
    """Catches a chunk or an absent key that is the answer to another process."""
    stores.make(server, compressors="auto")
    done = subprocess.run(
        [sys.executable, "-c", SHARED, kind, engine, server.url],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        cwd=ROOT,
    )
    assert done.stdout.strip() == str([4] * 4), done.stderr[-2000:]
