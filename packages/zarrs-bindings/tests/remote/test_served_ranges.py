"""Servers and proxies that send whole values although ranges were requested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.remote import stores
from tests.remote.server import Reply, etag_of
from zarr import crud
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Request, Server

NO_GAP = crud.Options(coalesce_max_gap=0)


def whole(server: Server, ignores: Callable[[str], bool]) -> Callable[[Request], Reply | None]:
    """Return a gate that ignores the ranges of some values."""

    def answer(request: Request) -> Reply | None:
        value = server.objects.get(request.path)
        if request.range is None or value is None or not ignores(request.path):
            return None
        return Reply(200, value, {"ETag": etag_of(value)})

    return answer


def ranges(server: Server) -> int:
    """Return how many ranges were requested, and forget the requests."""
    found = sum(request.range is not None for request in server.requests)
    server.reset()
    return found


@pytest.mark.parametrize("make", [stores.s3, stores.http])
def test_one_value_without_ranges_takes_them_from_no_other(server: Server, make: Any) -> None:
    """Catches a store whose shards are all read whole because a proxy keeps one of them."""
    data = stores.make(server, shards=(16, 14))
    document = crud.read_metadata(stores.native(server))
    server.gate = whole(server, lambda path: path.endswith("c/0/0"))
    store = ObjectStore(make(server))

    def read(at: int) -> None:
        index = (2 * at, 0)
        found = crud.read_subchunk(
            document, store, index, engine="zarrs", options=NO_GAP, detached=True
        )
        assert np.array_equal(found, data[16 * at :][:8, :7])

    read(0)
    # The last bytes, and the same with a first byte.
    assert ranges(server) == 2
    read(0)
    assert ranges(server) == 0
    for at in (1, 2):
        read(at)
        assert ranges(server) == 2
        read(0)
        assert ranges(server) == 0


def test_a_server_without_ranges_is_hardly_asked(server: Server) -> None:
    """Catches a request for a range of each value, which the server sends whole and twice."""
    data = stores.make(server, (128, 14), shards=(16, 14))
    document = crud.read_metadata(stores.native(server))
    server.gate = whole(server, lambda path: True)
    store = ObjectStore(stores.http(server))
    for at in range(8):
        index = (2 * at, 0)
        found = crud.read_subchunk(
            document, store, index, engine="zarrs", options=NO_GAP, detached=True
        )
        assert np.array_equal(found, data[16 * at :][:8, :7])
    # Two for each of the first two values.
    assert ranges(server) == 4
