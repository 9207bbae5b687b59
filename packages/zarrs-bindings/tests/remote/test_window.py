"""A server that refuses requests gets fewer at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Server


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
