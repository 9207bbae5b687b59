"""Several arrays of one client in one call: their requests are in flight together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.remote import stores
from zarr import crud

if TYPE_CHECKING:
    from tests.remote.server import Server
    from zarr.abc.store import Store

VALUES = np.arange(64, dtype="i4").reshape(8, 8)


def arrays(server: Server) -> tuple[Store, list[Any]]:
    """Store four arrays, two of them of shards, and return requests of elements of each."""
    store = stores.native(server)
    requests: list[Any] = []
    for number, shards in enumerate([None, (8, 8), None, (8, 8)]):
        zarr.create_array(
            store, name=str(number), data=VALUES + number, chunks=(4, 4), shards=shards
        )
        document = crud.read_metadata(store, path=str(number))
        requests += [
            (document, store, (1, 1)),
            (document, store, (1, 2)),
            (document, store, (6, 5)),
        ]
    server.reset()
    return store, requests


def test_the_requests_of_several_arrays_are_in_flight_together(server: Server) -> None:
    """Catches arrays that wait for each other, and a chunk that is requested twice."""
    _, requests = arrays(server)
    server.latency = 0.05
    found = crud.read_regions(requests, engine="zarrs", options=crud.Options(coalesce_max_gap=0))
    expected = [VALUES[place] + n for n in range(4) for place in ((1, 1), (1, 2), (6, 5))]
    assert found == expected
    # Two chunks of each of two arrays, and at least the index or all of each of two shards.
    assert server.most_in_flight >= 6
    asked = [(request.path, request.range) for request in server.requests]
    assert len(asked) == len(set(asked))


def test_a_request_that_is_refused_is_noted(server: Server) -> None:
    """Catches an error of the server that does not say of which of the arrays."""
    _, requests = arrays(server)

    def refuse(request: Any, reply: Any) -> None:
        if request.path.endswith("2/c/1/1"):
            reply.status = 403

    server.hook = refuse
    with pytest.raises(Exception, match="2/c/1/1") as caught:
        crud.read_regions(requests, engine="zarrs")
    assert caught.value.__notes__ == ["in request 8"]


def test_a_shard_that_is_damaged_is_noted(server: Server) -> None:
    """Catches an error while decoding that does not say of which of the arrays."""
    _, requests = arrays(server)
    server.objects["bucket/data/3/c/0/0"] = b"short"
    with pytest.raises(RuntimeError, match="3/c/0/0") as caught:
        crud.read_regions(requests, engine="zarrs")
    assert caught.value.__notes__ == ["in requests 9, 10, 11"]
