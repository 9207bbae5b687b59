"""Large values are uploaded in parts."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.interrupts import is_interrupted
from tests.patience import wait_for
from tests.remote import stores
from tests.remote.server import Reply
from zarr import crud

if TYPE_CHECKING:
    from tests.remote.server import Request, Server

LENGTH = 40 << 20


def large(server: Server) -> tuple[Any, Any]:
    """Return an array of one large chunk, of which nothing is stored, and values for it."""
    array = zarr.create_array(
        stores.native(server),
        shape=LENGTH,
        chunks=LENGTH,
        dtype="u1",
        compressors=None,
        engine="zarrs",
    )
    server.reset()
    return array, np.arange(LENGTH, dtype="u4").astype("u1") + np.uint8(1)


def is_part(request: Request) -> bool:
    """Whether a request holds a part of a value."""
    return request.method == "PUT" and "partNumber" in request.query


def test_parts_are_in_flight_together(server: Server) -> None:
    """Catches parts that wait for each other, are lost, or are in another order."""
    array, values = large(server)
    server.latency = 0.3
    array[...] = values
    server.latency = 0
    assert len([request for request in server.requests if is_part(request)]) == 3
    assert server.most_in_flight == 3
    assert server.objects["bucket/data/c/0"] == values.tobytes()
    assert not server.uploads.open
    assert np.array_equal(array[...], values)


def test_a_large_value_under_a_condition_is_one_request(server: Server) -> None:
    """Catches a change in parts, which has no condition."""
    array, values = large(server)
    array[...] = values
    server.reset()
    array[5] = 0
    *gets, put = server.requests
    assert ({request.method for request in gets}, put.method) == ({"GET"}, "PUT")
    assert put.headers["if-match"]


def test_an_upload_that_fails_is_aborted(server: Server) -> None:
    """Catches parts that stay at the server and cost money."""
    array, values = large(server)

    def hook(request: Request, reply: Reply) -> None:
        if is_part(request) and "partNumber=2" in request.query:
            reply.status = 403

    server.hook = hook
    with pytest.raises(Exception, match=r"c/0.*written"):
        array[...] = values
    assert not server.uploads.open
    assert "bucket/data/c/0" not in server.objects


def test_an_upload_that_is_interrupted_is_aborted(server: Server) -> None:
    """Catches parts that stay, and a value that appears after the call."""
    array, values = large(server)

    def hook(request: Request, reply: Reply) -> None:
        if is_part(request):
            reply.after = 600

    server.hook = hook
    assert is_interrupted(
        lambda: len(server.gets("PUT")) == 3, lambda: array.__setitem__(..., values)
    )
    assert not server.uploads.open
    wait_for(lambda: server._in_flight == 0, "the end of the requests")
    assert "bucket/data/c/0" not in server.objects


def test_an_upload_that_is_interrupted_at_its_begin_is_aborted(server: Server) -> None:
    """Catches an upload that stays because nobody has read its number."""
    array, values = large(server)
    go_on = threading.Event()
    timer = threading.Timer(0.3, go_on.set)

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "POST":
            reply.when = go_on.is_set

    def is_sent() -> bool:
        if not server.gets("POST"):
            return False
        timer.start()
        return True

    server.hook = hook
    assert is_interrupted(is_sent, lambda: array.__setitem__(..., values))
    timer.join()
    assert [request.method for request in server.requests if request.query][-1] == "DELETE"
    assert not server.gets("PUT")
    assert not server.uploads.open


def test_a_lost_end_of_an_upload_is_no_error(server: Server) -> None:
    """Catches an error although the value is stored."""
    array, values = large(server)
    ends: list[str] = []

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "POST" and "uploadId" in request.query:
            ends.append(request.query)
            if len(ends) == 1:
                reply.cut = 0

    server.hook = hook
    array[...] = values
    assert len(ends) > 1
    assert server.objects["bucket/data/c/0"] == values.tobytes()
    assert not server.uploads.open


def test_encoded_chunks_take_the_same_way(server: Server) -> None:
    """Catches a value that is sent over one connection, or is too large for one request."""
    size = 33 << 20
    array = zarr.create_array(
        stores.native(server), shape=(2 * size,), chunks=(size,), dtype="u1", compressors=None
    )
    store, value = stores.native(server), bytes(range(256)) * (size // 256)
    server.reset()
    crud.write_encoded_chunk(array.metadata, store, (0,), value, detached=True)
    assert Counter(one.method for one in server.requests) == {"POST": 2, "PUT": 3}
    assert server.objects["bucket/data/c/0"] == value
    server.reset()
    crud.write_encoded_chunk(array.metadata, store, (1,), value[: 1 << 20], detached=True)
    assert Counter(one.method for one in server.requests) == {"PUT": 1}
    server.gate = lambda request: Reply(403) if "partNumber=2" in request.query else None
    with pytest.raises(Exception, match=r"c/1.*their right to write"):
        crud.write_encoded_chunk(array.metadata, store, (1,), value, detached=True)
    assert not server.uploads.open
    assert server.objects["bucket/data/c/1"] == value[: 1 << 20]
