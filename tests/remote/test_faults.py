"""Servers that fail: what is retried, what is an error, and that no wrong element is read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

from tests.remote import stores
from zarr import crud
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server


def busy(request: Request, reply: Reply) -> None:
    """Answer that the server has too much to do."""
    reply.status, reply.body = 503, b"<Error><Code>SlowDown</Code></Error>"


def broken(request: Request, reply: Reply) -> None:
    """Answer with an error of the server."""
    reply.status, reply.body = 500, b""


def reset_before(request: Request, reply: Reply) -> None:
    """Close the connection before the body."""
    reply.cut = 0


def reset_inside(request: Request, reply: Reply) -> None:
    """Close the connection in the middle of the body."""
    reply.cut = len(reply.body) // 2


@pytest.mark.parametrize("fault", [busy, broken, reset_before, reset_inside])
@pytest.mark.parametrize("etag", [True, False])
@pytest.mark.parametrize("shards", [None, (16, 14)])
def test_what_passes_is_retried(
    server: Server, fault: Callable[[Request, Reply], None], etag: bool, shards: Any
) -> None:
    """Catches an error, or wrong elements, where another attempt succeeds."""
    data = stores.make(server, shards=shards)
    options = {"engine_options": crud.Options(coalesce_max_gap=0)}
    array = stores.opened(stores.native(server)).with_config(options)
    server.without_etag = not etag
    failed: Counter[str] = Counter()

    def hook(request: Request, reply: Reply) -> None:
        failed[request.path] += 1
        if failed[request.path] <= 2:
            fault(request, reply)

    server.hook = hook
    assert np.array_equal(array[:, 7:], data[:, 7:])
    # Of the first shards, not all subchunks are wanted, so the index comes first.
    assert set(failed.values()) == ({3} if shards is None else {3, 4 if etag else 5})


def test_what_never_passes_is_an_error(server: Server) -> None:
    """Catches endless attempts, and fill values for what was not read."""
    stores.make(server)
    array = stores.opened(stores.native(server))
    server.reset()
    server.hook = busy
    with pytest.raises(obstore.exceptions.GenericError, match=r"c/\d/\d.*503.*SlowDown"):
        array[0, 0]
    assert len(server.requests) == 7


def test_a_server_that_is_gone_is_an_error(server: Server) -> None:
    """Catches a hang, and fill values for a server that does not answer."""
    stores.make(server)
    retries = {"max_retries": 1}
    array = stores.opened(stores.native(server, retry_config=retries))
    server.close()
    with pytest.raises(obstore.exceptions.GenericError, match="c/0/0"):
        array[0, 0]


def test_a_silent_server_is_given_up(server: Server) -> None:
    """Catches a read that waits for ever: the time limit of the store is followed."""
    stores.make(server)
    options: Any = {
        "client_options": {"read_timeout": "200ms"},
        "retry_config": {"max_retries": 1},
    }
    array = stores.opened(stores.native(server, **options))
    server.reset()

    def stall(request: Request, reply: Reply) -> None:
        reply.after = 600

    server.hook = stall
    with pytest.raises(obstore.exceptions.GenericError, match="c/0/0"):
        array[0, 0]
    assert len(server.requests) == 2


def test_a_wrong_range_is_an_error(server: Server) -> None:
    """Catches bytes of another place of a shard."""
    stores.make(server, (128, 128), chunks=(8, 8), shards=(128, 128))
    array = stores.opened(stores.native(server)).with_config(
        {"engine_options": {"coalesce_max_gap": 0}}
    )

    def shift(request: Request, reply: Reply) -> None:
        span = reply.headers.get("Content-Range")
        if span is not None and not (request.range or "").startswith("bytes=-"):
            size = int(span.rpartition("/")[2])
            reply.headers["Content-Range"] = f"bytes 0-{len(reply.body) - 1}/{size}"
            reply.body = server.objects[request.path][: len(reply.body)]

    server.hook = shift
    with pytest.raises(obstore.exceptions.GenericError, match="c/0/0"):
        array[100, 100]


def test_a_document_never_makes_the_client_ask_another_host(server: Server) -> None:
    """Catches a path that is taken for a URL."""
    stores.make(server)
    store = ObjectStore(stores.s3(server))
    document = stores.opened(store).metadata

    for path in ("http:/127.0.0.1:1/x", "@127.0.0.1", "?a=b", "%2e%2e"):
        server.reset()
        found = crud.read_region(document, store, path=path, engine="zarrs", detached=True)
        assert not found.any()
        assert len(server.requests) == 25
        assert all(one.path.startswith(f"bucket/data/{path}/c/") for one in server.requests)
