"""Large values are requested in parts that are of one version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

MIB = 1 << 20
SIZE = 34 * MIB + 5
KEY = "bucket/data/c/0"


def made(server: Server, **options: Any) -> Any:
    """Create an array with one large chunk; return its values."""
    data = np.arange(SIZE, dtype="u8").view("u1")[:SIZE]
    given: Any = {"shape": data.shape, "dtype": "u1", "chunks": (SIZE,), "compressors": None}
    zarr.create_array(stores.native(server), **given, **options)
    server.objects[KEY] = data.tobytes()
    return data


def test_a_large_value_is_requested_in_parts(server: Server) -> None:
    """Catches one connection for a large value, and parts at the wrong place."""
    data = made(server)
    array = stores.opened(stores.native(server))
    server.reset()
    server.latency = 0.05
    assert np.array_equal(array[...], data)
    assert server.requests[0].range == f"bytes=0-{8 * MIB - 1}"
    assert len(server.requests) == 5
    assert server.most_in_flight > 1
    assert len({request.headers.get("if-match") for request in server.requests[1:]}) == 1
    assert server.sent == SIZE


def test_a_large_chunk_of_few_stored_bytes_takes_one_request(server: Server) -> None:
    """Catches parts of a value that is small because it is compressed."""
    zarr.create_array(stores.native(server), data=np.ones(SIZE, "u1"), chunks=(SIZE,))
    array = stores.opened(stores.native(server))
    server.reset()
    assert np.all(array[...] == 1)
    assert len(server.requests) == 1


@pytest.mark.parametrize("what", ["replaced", "untagged", "no ranges", "missing", "empty"])
def test_a_large_value_is_read_whole_if_its_parts_cannot_be(server: Server, what: str) -> None:
    """Catches a mixture of two versions, and a server without tags or ranges that is not served."""
    data = made(server, fill_value=9)
    array = stores.opened(stores.native(server))
    other = bytes(SIZE)
    server.without_etag = what == "untagged"

    def hook(request: Request, reply: Reply) -> None:
        if what == "replaced":
            server.objects[KEY] = other
        if what == "no ranges" and reply.status == 206:
            reply.status, reply.body = 200, server.objects[request.path]
            del reply.headers["Content-Range"]

    server.hook = hook
    if what == "missing":
        del server.objects[KEY]
        assert np.all(array[...] == 9)
        return
    if what == "empty":
        server.objects[KEY] = b""
        with pytest.raises(RuntimeError, match=r"decode-failed: .*c/0"):
            array[...]
        return
    found = array[...]
    assert np.array_equal(found, data) or (what == "replaced" and not found.any())
    server.reset()
    array[...]
    # What the server lacks is remembered.
    assert len(server.requests) == (1 if what in ("untagged", "no ranges") else 5)
