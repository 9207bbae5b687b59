"""A server that refuses requests gets fewer at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import zarr
from tests.remote import stores
from tests.remote.server import Reply
from zarr import crud

if TYPE_CHECKING:
    from tests.remote.server import Request, Server


def test_a_server_with_few_places_is_read_with_few_requests_more(server: Server) -> None:
    """Catches a read that fails, or asks many times, because new requests take all free places."""
    data = stores.make(server, (400, 2), chunks=(1, 2))
    store = stores.native(server, retry_config={"max_retries": 10})
    array = stores.opened(store)
    server.latency, server.places = 0.02, 8
    server.reset()
    assert np.array_equal(array[...], data)
    assert len(server.requests) < 2 * len(data)
    # What was learnt is kept for the next call.
    server.reset()
    assert np.array_equal(array[...], data)
    assert len(server.requests) < 1.25 * len(data)


def test_a_write_to_a_server_with_few_places_succeeds(server: Server) -> None:
    """Catches a limit that holds for reads alone."""
    data = stores.make(server, (600, 2), chunks=(1, 2))
    array = stores.writable(stores.native(server, retry_config={"max_retries": 10}))
    server.latency, server.places = 0.02, 8
    server.reset()
    array[...] = -data
    assert len(server.requests) < 2 * len(data)
    server.places = None
    assert np.array_equal(array[...], -data)


def test_a_success_that_says_slow_down_counts_as_a_refusal(server: Server) -> None:
    """Catches a busy server that is asked as much because its answer has the status 200."""
    data = stores.make(server, (400, 2), chunks=(1, 2))
    store = stores.native(server)
    array, refused = stores.opened(store), []

    def gate(request: Request) -> Reply | None:
        if request.method == "POST" and not refused:
            refused.append(request)
            return Reply(200, b"<Error><Code>SlowDown</Code></Error>")
        return None

    server.gate = gate
    zarr.create_group(store, path="other", engine="zarrs")
    crud.delete_node(store, path="other", engine="zarrs")
    assert refused
    server.latency = 0.02
    server.reset()
    assert np.array_equal(array[...], data)
    assert server.most_in_flight < 64
