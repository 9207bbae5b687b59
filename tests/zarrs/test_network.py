"""What is told of the server of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.remote import stores
from tests.remote.fixtures import no_environment, server
from zarr.zarrs import NetworkInfo, network_info

if TYPE_CHECKING:
    from tests.remote.server import Server

__all__ = ["no_environment", "server"]


def test_latency_and_bandwidth_are_those_of_the_store(server: Server) -> None:
    """Catches numbers that are exchanged, missing, or those of another store."""
    data = stores.make(server, (1 << 10, 1 << 8), chunks=(1 << 10, 1 << 8))
    store = stores.native(server)
    array = stores.opened(store)
    assert network_info(store) == NetworkInfo(None, None)
    server.latency = 0.05
    assert np.array_equal(array[...], data)
    found = network_info(store)
    assert found.latency is not None
    assert found.bandwidth is not None
    assert found.latency >= 0.05 > 1 / found.bandwidth
    assert network_info(stores.native(server)) == found
    assert network_info(stores.native(server, "other")) == NetworkInfo(None, None)
    assert network_info(stores.Bridged(stores.s3(server))) == NetworkInfo(None, None)
