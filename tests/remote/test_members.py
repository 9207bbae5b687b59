"""Members of groups in object stores, over connections of our own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from obstore.exceptions import PermissionDeniedError

import zarr
from tests.engine.upstreams_answer import outcome
from tests.interrupts import is_interrupted
from tests.patience import until, wait_for
from tests.remote import stores
from zarr import crud
from zarr.core.sync import sync

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

pytestmark = pytest.mark.filterwarnings("ignore:Object at .* is not recognized")

ROOT = Path(__file__).parents[2]


def fill(server: Server, zarr_format: Any, groups: int = 4, arrays: int = 5) -> None:
    """Groups of arrays, and keys that are no nodes."""
    inner = zarr.storage.MemoryStore()
    root = zarr.create_group(inner, zarr_format=zarr_format)
    for g in range(groups):
        for a in range(arrays):
            root.create_array(f"g{g}/é a{a}", shape=7, dtype="i2", attributes={"n": a})[...] = a
    for key, value in inner._store_dict.items():
        server.objects[f"bucket/data/{key}"] = value.to_bytes()
    for key in ("stray", "g1/stray", "folder/x", "g1/é a1/stray"):
        server.objects[f"bucket/data/{key}"] = b""


def opened(server: Server, zarr_format: Any = 3, engine: str | None = "zarrs") -> Any:
    """Open the group, and forget the requests for it."""
    store = stores.native(server)
    group = zarr.open_group(store, mode="r+", zarr_format=zarr_format, engine=engine)
    server.reset()
    return group


def seen(group: Any, **options: Any) -> Any:
    """All members and warnings, sorted."""

    async def collect() -> list[Any]:
        return [one async for one in group._async_group.members(**options)]

    found = outcome(lambda: sorted((path, repr(node.metadata)) for path, node in sync(collect())))
    return found._replace(warned=sorted(found.warned, key=repr))


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("max_depth", [0, None])
def test_members_are_upstreams(server: Server, zarr_format: Any, max_depth: int | None) -> None:
    """Catches a node or a warning that is missing where keys and folders are told apart."""
    fill(server, zarr_format)
    natively = seen(opened(server, zarr_format, None), max_depth=max_depth)
    assert len(natively.result) == (4 if max_depth == 0 else 24)
    assert len(natively.warned) == (2 if max_depth == 0 else 3)
    assert seen(opened(server, zarr_format), max_depth=max_depth) == natively


@pytest.mark.parametrize(
    "store_of",
    [stores.native, lambda server: stores.Bridged(stores.s3(server))],
    ids=["native", "bridged"],
)
def test_a_key_with_keys_below_it_is_one_member(server: Server, store_of: Any) -> None:
    """Catches a member that is listed twice, as upstream does, by one way to a store alone."""
    fill(server, 3)
    for key in ("g1", "g2/é a2", "folder"):
        server.objects[f"bucket/data/{key}"] = b""
    names = {}
    for engine in (None, "zarrs", "reference"):
        group = zarr.open_group(store_of(server), mode="r", zarr_format=3, engine=engine)
        names[engine] = sorted(name for name, _ in group.members(max_depth=None))
    assert len(names["zarrs"]) == 24
    assert names["zarrs"] == names["reference"] == sorted(set(names[None]))
    assert len(names[None]) == 24 + 2
    children = [name for name, _ in crud.list_children(store_of(server))]
    assert children == ["g0", "g1", "g2", "g3"]


def test_no_request_is_superfluous_and_all_of_a_level_go_out_together(server: Server) -> None:
    """Catches requests for keys that are no folders, or nodes that wait for each other."""
    fill(server, 3, groups=6, arrays=8)
    group = opened(server)
    waiting: list[int] = []

    def hook(request: Request, reply: Reply) -> None:
        # Nothing is answered before all that can be asked have asked.
        turn = len(waiting)
        waiting.append(turn)
        level = next(end for end in (1, 8, 14, 62) if turn < end)
        reply.when = lambda: len(waiting) >= level

    server.hook = hook
    assert len(group.members(max_depth=None)) == 6 + 48
    # Two lists of levels, and the documents of six groups, one folder and 48 arrays.
    assert len(server.requests) == 1 + 7 + 6 + 48
    assert server.most_in_flight == 48


def test_the_limit_of_requests_holds(server: Server) -> None:
    """Catches lists or documents that exceed the limit of the process."""
    fill(server, 3, groups=10, arrays=3)
    group = opened(server)
    server.latency = 0.01
    with zarr.config.set({"array.requests_in_flight": 6}):
        assert len(group.members(max_depth=None)) == 40
    assert 1 < server.most_in_flight <= 6


def test_an_interrupted_walk_leaves_no_request(server: Server) -> None:
    """Catches a list of members that cannot be given up."""
    fill(server, 3)
    group = opened(server)
    server.latency = 600
    assert is_interrupted(lambda: server._in_flight, group.members)
    wait_for(lambda: not server._in_flight, "the end of the requests")
    server.latency = 0
    assert len(group.members()) == 4


def test_a_cancelled_walk_leaves_no_request(server: Server) -> None:
    """Catches requests that go on although nobody awaits them."""
    fill(server, 3)
    group = opened(server)._async_group

    async def cancel() -> None:
        async def collect() -> Any:
            return [one async for one in group.members()]

        server.latency = 600
        task = asyncio.create_task(collect())
        await until(lambda: server._in_flight, "a request")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not server._in_flight, "the end of the requests")
        server.latency = 0
        assert len(await collect()) == 4

    asyncio.run(cancel())


def test_a_refused_list_or_document_is_an_error(server: Server) -> None:
    """Catches members that are missing because the server refused to tell of them."""
    fill(server, 3)
    group = opened(server)
    for refused in ("list-type", "g2/zarr.json"):

        def hook(request: Request, reply: Reply, refused: str = refused) -> None:
            if refused in request.query or request.path.endswith(refused):
                reply.status = 403

        server.hook = hook
        with pytest.raises(PermissionDeniedError, match="403 Forbidden"):
            group.members()


PROGRAM = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")
import zarr
from obstore.store import S3Store
from zarr.storage import ObjectStore

store = ObjectStore(S3Store("bucket", prefix="data", endpoint=sys.argv[1], region="r",
                            skip_signature=True, client_options={"allow_http": True}))
group = zarr.open_group(store, mode="r", engine="zarrs")
expected = sorted(name for name, _ in group.members(max_depth=None))
assert len(expected) == 24
children = []
for number in range(10):
    child = os.fork()
    if child == 0:
        signal.alarm(100)
        found = sorted(name for name, _ in group.members(max_depth=None))
        os._exit(0 if found == expected else 3)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
assert codes == [0] * 10, codes
"""


def test_forked_children_find_the_members_of_their_parents_group(server: Server) -> None:
    """Catches a walk that uses the threads of obstore, which a child has not."""
    fill(server, 3)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, server.url],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
