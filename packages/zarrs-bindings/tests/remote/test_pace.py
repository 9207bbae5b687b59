"""What was measured of a server decides which requests it gets. The values are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import zarr
from tests.remote import stores
from zarr import crud
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

KIB = 1 << 10


def slow(request: Request, reply: Reply) -> None:
    """Send each large body in two seconds."""
    reply.halfway = 2.0 if len(reply.body) > 256 * KIB else 0.0


def made(server: Server, name: str, **options: Any) -> Any:
    """Create an array of four rows of a mebibyte; return its values and the array."""
    data = np.random.default_rng(5).integers(0, 256, (4, KIB * KIB), "u1")
    store = ObjectStore(stores.s3(server))
    given = {"name": name, "compressors": None, "filters": None, **options}
    zarr.create_array(store, data=data, **given)
    return data, zarr.open_array(stores.native(server), path=name, mode="r", engine="zarrs")


def test_the_index_of_a_small_shard_comes_first_where_bytes_are_slow(server: Server) -> None:
    """Catches a measurement that is not made or not used: a mebibyte would take half a second."""
    data, array = made(server, "a", chunks=(1, 16 * KIB), shards=(1, KIB * KIB))
    server.hook = slow
    server.reset()
    assert np.array_equal(array[...], data)
    assert array[2, 7] == data[2, 7]
    assert [request.range is None for request in server.requests] == [True] * 4 + [False] * 2
    # Every other subchunk: the gaps are not worth their bytes.
    server.reset()
    where = np.concatenate([np.arange(at, at + 9) for at in range(0, KIB * KIB, 32 * KIB)])
    assert np.array_equal(array.oindex[3, where], data[3, where])
    assert len(server.requests) == 33


def test_no_measurement_makes_a_request_larger_than_the_options_say(server: Server) -> None:
    """Catches unwanted bytes where none are allowed, because they would cost no time."""
    data, array = made(server, "a", chunks=(1, 16 * KIB), shards=(1, KIB * KIB))
    assert np.array_equal(array[...], data)
    zarr.zarrs.cache_clear()
    options = crud.Options(coalesce_max_gap=0, coalesce_max_bytes=16 * KIB)
    apart = array.with_config({"engine_options": options})
    server.reset()
    assert np.array_equal(apart[0, : 32 * KIB], data[0, : 32 * KIB])
    assert len(server.requests) == 3
    assert server.sent == 32 * KIB + 64 * 16 + 4


def test_a_part_of_a_small_raw_chunk_is_a_range_where_bytes_are_slow(server: Server) -> None:
    """Catches whole chunks of which few bytes are wanted."""
    data, array = made(server, "a", chunks=(1, 32 * KIB))
    data, large = made(server, "b", chunks=(1, KIB * KIB))
    server.hook = slow
    server.reset()
    assert np.array_equal(array[0, :9], data[0, :9])
    assert np.array_equal(large[...], data)
    assert np.array_equal(array.oindex[:, :: 32 * KIB], data[:, :: 32 * KIB])
    assert [request.range is None for request in server.requests[:5]] == [True] * 5
    assert {request.range for request in server.requests[5:]} == {"bytes=0-0"}
