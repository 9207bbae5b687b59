"""A server that refuses requests gets fewer at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.patience import in_thread, join, wait_for
from tests.remote import stores
from tests.remote.server import Reply, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.server import Request


@pytest.fixture
def other() -> Iterator[Server]:
    """Another server, for the time of a test."""
    server = Server()
    yield server
    server.close()


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
    array = stores.writable(stores.native(server))
    refused: list[Request] = []

    def gate(request: Request) -> Reply | None:
        if request.method == "POST" and not refused:
            refused.append(request)
            return Reply(200, b"<Error><Code>SlowDown</Code></Error>")
        return None

    server.gate = gate
    data[0] = 0
    array[0] = 0
    assert refused
    server.latency = 0.02
    server.reset()
    assert np.array_equal(array[...], data)
    assert server.most_in_flight < 64


def test_a_server_that_refuses_keeps_no_other_waiting(server: Server, other: Server) -> None:
    """Catches requests that take the places of the process while they wait for their own server."""
    busy = stores.make(server, (400, 2), chunks=(1, 2))
    data = stores.make(other, (8, 2), chunks=(1, 2))
    store = stores.native(server, retry_config={"max_retries": 1000})
    slow, quick = stores.opened(store), stores.opened(stores.native(other))
    is_over, served = threading.Event(), []

    def gate(request: Request) -> Reply | None:
        # Enough to make the window small; then no request is answered before the end.
        served.append(request)
        return Reply(503, b"<Code>SlowDown</Code>") if len(served) <= 128 else None

    def hook(request: Request, reply: Reply) -> None:
        if reply.status == 200:
            reply.when = is_over.is_set

    server.gate, server.hook = gate, hook
    found: list[Any] = []
    reading = in_thread(lambda: found.append(slow[...]))
    wait_for(lambda: len(served) > 128, "the end of the refusals")
    other.reset()
    seen: list[Any] = []
    quickly = in_thread(lambda: seen.append(quick[...]))
    try:
        wait_for(lambda: seen, "a read from another server")
        assert not found
    finally:
        is_over.set()
        join(reading, quickly)
    assert np.array_equal(seen[0], data)
    assert np.array_equal(found[0], busy)
    assert server.most_in_flight <= 128
