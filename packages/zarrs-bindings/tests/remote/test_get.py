"""Chunks without codecs, whose elements are written while they arrive."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from tests.patience import HANG, in_thread, join, wait_for
from tests.remote import stores
from zarr import crud

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

SHAPE: Final = (70, 2400)
CHUNKS: Final = (32, 1024)
"""Rows of 4 KiB, and chunks that end beyond the array."""


def make(server: Server, **options: Any) -> Any:
    return stores.make(server, SHAPE, chunks=CHUNKS, **options)


@pytest.mark.parametrize(
    "where",
    [
        (slice(None), slice(None)),
        (slice(3, 69), slice(None)),
        (slice(None, None, 3), slice(1024, 2048)),
        (slice(None), slice(20, 2390)),
        (slice(None), slice(None, None, 2)),
        (40, slice(None)),
        (slice(32, 64), 130),
    ],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_elements_come_to_their_places(
    server: Server, where: tuple[slice | int, ...], order: tuple[int, int]
) -> None:
    """Catches rows at another place, and chunks whose axes are stored in another order."""
    data = make(server, filters=[{"name": "transpose", "configuration": {"order": order}}])
    array = stores.opened(stores.native(server))
    assert np.array_equal(array[where], data[where])
    expected = data[where]
    room = np.full((2 * expected.shape[0], *expected.shape[1:]), -1, "i4")
    for out in (np.array(room, order="F")[::2], room[::-2]):
        found = crud.read_region(array.metadata, array.store, where, out=out)
        assert found is out
        assert np.array_equal(out, expected)
    assert np.all(room[::2] == -1)


def test_elements_are_written_before_their_value_has_arrived(server: Server) -> None:
    """Catches values that are collected in memory of their own first."""
    data = make(server)
    array = stores.opened(stores.native(server))
    out = np.zeros(SHAPE, "i4")
    may_end: list[bool] = []
    failed: list[RuntimeError] = []

    def hook(request: Request, reply: Reply) -> None:
        if request.path.endswith("c/0/1") and not may_end:
            reply.pause = 10 * 4096 + 4

    server.hook = hook

    def read() -> None:
        try:
            crud.read_region(array.metadata, array.store, ..., out=out)
        except RuntimeError as error:
            failed.append(error)

    reading = in_thread(read)
    wait_for(lambda: out[10, 1024] == data[10, 1024], "a part of a value")
    assert out[10, 1025] == 0
    may_end.append(True)
    for connection in list(server.connections):
        server._loop.call_soon_threadsafe(connection.transport.abort)
    join(reading)
    assert not failed
    assert np.array_equal(out, data)


@pytest.mark.parametrize("cut", [0, 1, 5000, 32 * 4096 - 1])
def test_a_value_that_breaks_off_is_read_again(server: Server, cut: int) -> None:
    """Catches elements of a second attempt that go on where the first one broke off."""
    data = make(server)
    array, seen = stores.opened(stores.native(server)), set()

    def hook(request: Request, reply: Reply) -> None:
        if request.path not in seen:
            seen.add(request.path)
            reply.cut = cut

    server.hook = hook
    # Without a tag, the client itself cannot go on with the rest.
    server.without_etag = True
    assert np.array_equal(array[...], data)


@pytest.mark.parametrize("cut", [0, 5000, 32 * 4096 - 1])
def test_a_value_that_is_gone_after_it_broke_off_is_the_fill_value(
    server: Server, cut: int
) -> None:
    """Catches elements of the first attempt that stay in a chunk that does not exist any more."""
    data = make(server, fill_value=-7)
    array, seen = stores.opened(stores.native(server)), list[str]()

    def hook(request: Request, reply: Reply) -> None:
        if request.path.endswith("c/0/1"):
            seen.append(request.path)
            if len(seen) == 1:
                reply.cut = cut
            else:
                reply.status, reply.body = 404, b"<Error><Code>NoSuchKey</Code></Error>"

    server.hook, server.without_etag = hook, True
    expected = data.copy()
    expected[:32, 1024:2048] = -7
    assert np.array_equal(array[...], expected)
    assert len(seen) == 2


@pytest.mark.parametrize("more", [-4096, -1, 1, 4096])
def test_a_value_of_another_size_is_damaged(server: Server, more: int) -> None:
    """Catches elements that are missing, or are written beyond their place."""
    make(server)
    array = stores.opened(stores.native(server))
    value = server.objects["bucket/data/c/1/0"]
    server.objects["bucket/data/c/1/0"] = value[:more] if more < 0 else value + bytes(more)
    where = (slice(32, 64), slice(1024))
    out = np.full(SHAPE, -1, "i4")[32:64, :1024]
    with pytest.raises(Exception, match="c/1/0"):
        crud.read_region(array.metadata, array.store, where, out=out)
    assert np.all(out == -1)


AT_THE_END: Final = """
import atexit, sys, threading, time
import numpy as np
array = None
def last():
    print(np.array_equal(array[:32], data))
# What is registered first is called last.
atexit.register(last)
from obstore.store import S3Store
import zarr
from zarr.storage import ObjectStore
store = S3Store("bucket", prefix="data", endpoint=sys.argv[1], region="r", skip_signature=True,
                client_options={"allow_http": True})
array = zarr.open_array(ObjectStore(store), mode="r", engine="zarrs")
data = array[:32]
threading.Thread(target=lambda: array[32:64], daemon=True).start()
sys.stdin.readline()
"""


def test_a_read_at_the_end_of_the_interpreter_gets_its_elements(server: Server) -> None:
    """Catches a read that fails because the end has waited too long for another one."""
    make(server)

    def hook(request: Request, reply: Reply) -> None:
        if "/c/1/" in request.path:
            reply.pause = 5000
            if child.stdin is not None and not child.stdin.closed:
                child.stdin.close()

    server.hook = hook
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    program = [sys.executable, "-c", AT_THE_END, server.url]
    with subprocess.Popen(program, text=True, **pipes) as child:
        try:
            child.wait(HANG)
        finally:
            child.kill()
        assert child.stdout is not None
        assert (child.stdout.read(), child.returncode) == ("True\n", 0)


def test_a_server_without_ranges_sends_more_than_the_rows(server: Server) -> None:
    """Catches the first rows of a chunk in the place of those that are wanted."""
    shape = (600, 128)
    data = stores.make(server, shape, chunks=(300, 128))
    array = stores.opened(stores.native(server))

    def hook(request: Request, reply: Reply) -> None:
        if reply.status == 206:
            reply.status, reply.body = 200, server.objects[request.path]
            del reply.headers["Content-Range"]

    assert np.array_equal(array[310:330], data[310:330])
    assert server.requests[-1].range is not None
    server.hook = hook
    assert np.array_equal(array[320:340], data[320:340])
