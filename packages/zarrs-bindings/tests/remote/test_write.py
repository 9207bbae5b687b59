"""What is requested by writes of chunks and shards."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.remote import stores
from zarr.storage import ObjectStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from tests.remote.server import Server


def methods(server: Server) -> Counter[str]:
    """How many requests of each kind arrived."""
    return Counter(request.method for request in server.requests)


def test_a_whole_chunk_takes_one_request(server: Server) -> None:
    """Catches a value that is read before it is replaced, and a condition that nobody needs."""
    data = stores.make(server)
    array = stores.writable(stores.native(server))
    before = zb.counters()["requests"]
    server.reset()
    array[...] = data + 1
    assert methods(server) == {"PUT": 25}
    assert zb.counters()["requests"] == before + 25
    assert not any(
        name in request.headers for request in server.requests for name in ("if-match", "range")
    )
    assert np.array_equal(stores.opened(stores.native(server), "zarr")[...], data + 1)


@pytest.mark.parametrize("shards", [None, (16, 14)])
def test_a_chunk_that_is_kept_in_part_takes_two_requests(server: Server, shards: Any) -> None:
    """Catches a HEAD, a second read, and a change without a condition."""
    data = stores.make(server, shards=shards)
    array = stores.writable(stores.native(server))
    server.reset()
    array[3, 4] = data[3, 4] = 1_000_000
    get, put = server.requests
    assert (get.method, get.range, put.method, put.path) == ("GET", None, "PUT", get.path)
    assert put.headers["if-match"]
    server.reset()
    array[6:10, 5:9] = data[6:10, 5:9] = 7
    assert methods(server) == ({"GET": 4, "PUT": 4} if shards is None else {"GET": 1, "PUT": 1})
    assert np.array_equal(stores.opened(stores.native(server), "zarr")[...], data)


@pytest.mark.parametrize("shards", [None, (16, 14)])
def test_a_missing_chunk_is_created(server: Server, shards: Any) -> None:
    """Catches a write that needs an old value, and one that replaces what another has created."""
    stores.make(server, shards=shards, fill_value=5)
    del server.objects["bucket/data/c/0/0"]
    array = stores.writable(stores.native(server))
    server.reset()
    array[3, 4] = 9
    assert [request.method for request in server.requests] == ["GET", "PUT"]
    assert server.requests[1].headers["if-none-match"] == "*"
    found = stores.opened(stores.native(server), "zarr")[:8, :7]
    assert found[3, 4] == 9
    assert np.count_nonzero(found != 5) == 1


def test_empty_chunks_are_deleted_together(server: Server) -> None:
    """Catches stored fill values, and a request for each of many chunks."""
    stores.make(server)
    array = stores.writable(stores.native(server))
    server.reset()
    array[:32] = 0
    assert methods(server) == {"POST": 1}
    assert len([path for path in server.objects if "/c/" in path]) == 5


def test_other_writers_are_not_excluded_if_told_so(server: Server) -> None:
    """Catches a condition that costs conflicts although the user turned it off."""
    data = stores.make(server)
    array = stores.writable(stores.native(server), locking="threads")
    server.reset()
    array[3, 4] = data[3, 4] = 9
    assert [request.method for request in server.requests] == ["GET", "PUT"]
    assert "if-match" not in server.requests[1].headers
    array[:8, :7] = 1
    array[:8, :7] = data[:8, :7] = 0
    assert "bucket/data/c/0/0" not in server.objects
    assert np.array_equal(array[...], data)


def test_a_store_without_conditions_is_written_without_them(server: Server) -> None:
    """Catches conditions that plain HTTP does not have, and chunks that are lost over HTTP."""
    data = stores.make(server)
    store = ObjectStore(stores.http(server))
    array = stores.writable(store)
    server.reset()
    array[4:12] = data[4:12] = 7
    assert methods(server) == {"GET": 10, "PUT": 10}
    assert not any("if-match" in request.headers for request in server.requests)
    assert np.array_equal(stores.opened(store, "zarr")[...], data)


@pytest.mark.parametrize(
    ("locking", "durability"),
    [("conditional", "replace"), ("processes", "replace"), ("auto", "fsync")],
)
def test_what_a_store_cannot_promise_is_refused_first(
    server: Server, locking: str, durability: str
) -> None:
    """Catches a promise that is not kept, and a refusal after something was written."""
    stores.make(server)
    store = ObjectStore(stores.http(server))
    handle = handle_of(store)
    text = server.objects["bucket/data/zarr.json"].decode()
    options = zb.Options(locking=locking, durability=durability)  # type: ignore[arg-type]
    server.reset()
    with pytest.raises(RuntimeError, match="unsupported"):
        zb.write_region(text, handle, ((0, 1, 1), (0, 1, 1)), np.ones((1, 1), "i4"), "", options)
    assert server.requests == []
