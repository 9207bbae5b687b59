"""Forked children that read and change nodes after their parent has used the same store."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Server

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, os, signal, sys, threading, warnings
warnings.simplefilter("ignore")
import numpy as np
import zarr
from obstore.store import S3Store
from zarr import crud
from zarr.storage import ObjectStore

def make():
    return ObjectStore(S3Store("bucket", prefix="data", endpoint=sys.argv[1], region="r",
                               skip_signature=True, client_options={"allow_http": True}))

store = make()
# obstore itself is used, too: its threads do not exist in the children.
group = zarr.open_group(store, mode="r")
members = sorted(name for name, _ in group.members())
document = crud.read_metadata(store, path="a")
data = crud.read_region(document, store)
crud.write_region(document, store, ..., data)

GROUP = {"zarr_format": 3, "node_type": "group"}

def nodes(number, store):
    path = f"g{number}"
    crud.create(GROUP, store, path=path)
    crud.create(document, store, path=f"{path}/b")
    found = crud.read_metadata(store, path=path)
    crud.write_metadata({**found, "attributes": {"n": number}}, store, path=path)
    (name, child), = crud.list_children(store, path=path)
    assert (name, child["shape"]) == (f"{path}/b", document["shape"])
    assert crud.read_metadata(store, path=path)["attributes"] == {"n": number}
    crud.delete_node(store, path=path)
    try:
        crud.read_metadata(store, path=path)
    except zarr.errors.NodeNotFoundError:
        return
    raise AssertionError("the node is still there")

def encoded(number, store):
    place = (number, 0)
    assert number in [index[0] for index in crud.list_chunks(document, store, path="a")]
    stored = crud.read_encoded_chunk(document, store, place, path="a")
    crud.delete_chunk(document, store, place, path="a")
    assert crud.read_encoded_chunk(document, store, place, path="a") is None
    crud.write_encoded_chunk(document, store, place, stored, path="a")

def reads(number, store):
    found = crud.read_metadata(store, path="a")
    assert np.array_equal(crud.read_region(found, store, number), data[number])

busy, stop = [], threading.Event()
def work():
    while not stop.is_set():
        crud.list_children(store)
# Forks happen while other threads wait for answers.
threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
codes = {}
for act in (nodes, encoded, reads):
    children = []
    for number in range(100):
        child = os.fork()
        if child == 0:
            signal.alarm(100)
            try:
                # Every second child opens the store anew.
                act(number, store if number % 2 else make())
            except BaseException as err:
                sys.stderr.write(f"{act.__name__} {number}: {type(err).__name__}: {err}\\n")
                sys.stderr.flush()
                os._exit(3)
            os._exit(0)
        children.append(child)
        if len(children) > 10:
            code = os.waitstatus_to_exitcode(os.waitpid(children.pop(0), 0)[1])
            codes.setdefault(act.__name__, []).append(code)
    for child in children:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        codes.setdefault(act.__name__, []).append(code)
stop.set()
for thread in threads:
    thread.join()
assert [path for path, _ in crud.list_children(store)] == members
assert np.array_equal(crud.read_region(document, store), data)
print(json.dumps(codes))
"""


def test_a_hundred_forked_children_of_each_kind_work_at_once(server: Server) -> None:
    """Catches connections, threads or locks of the parent that a child waits for."""
    stores.make(server, (100, 3), chunks=(1, 3))
    server.objects = {
        path.replace("data/", "data/a/"): value for path, value in server.objects.items()
    }
    server.objects["bucket/data/zarr.json"] = b'{"zarr_format": 3, "node_type": "group"}'
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, server.url],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    codes = json.loads(done.stdout)
    assert codes == {name: [0] * 100 for name in ("nodes", "encoded", "reads")}, done.stderr[-3000:]
