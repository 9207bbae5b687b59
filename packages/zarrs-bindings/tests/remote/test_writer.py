"""Many chunks in one write: groups of locked keys, and several calls at a time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np

import zarr
from tests.patience import A_WHILE, in_thread, join, wait_for
from tests.remote import stores
from zarr.crud._stores import key_locks

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server


def test_every_chunk_of_many_is_written_once(server: Server) -> None:
    """Catches a chunk that is lost or repeated where a group ends."""
    stores.make(server, (700, 2), chunks=(1, 2), dtype="u2")
    array = stores.writable(stores.native(server))
    server.reset()
    data = np.arange(1400, dtype="u2").reshape(700, 2) + np.uint16(1)
    array[...] = data
    assert len({request.path for request in server.requests}) == len(server.requests) == 700
    assert np.array_equal(array[...], data)
    assert not key_locks.held


def test_a_call_completes_what_it_holds_before_it_waits(server: Server) -> None:
    """Catches two calls that each hold keys for which the other one waits."""
    stores.make(server, (200, 2), chunks=(1, 2), dtype="u2")
    store = stores.native(server)
    array = stores.writable(store)
    names = [key_locks.prefix_of(store) + f"c/{row}/0".encode() for row in range(200)]
    # Held by another call.
    key_locks.held[names[199]] = object()
    server.reset()
    writer = in_thread(lambda: array.__setitem__((..., 1), 7))
    try:
        wait_for(lambda: len(server.gets("PUT")) == 128, "the first group")
        wait_for(lambda: names[0] not in key_locks.held, "the end of the first group")
        assert len(server.gets("PUT")) == 128
    finally:
        del key_locks.held[names[199]]
    join(writer)
    assert np.all(array[:, 1] == 7)
    assert not key_locks.held


def test_overlapping_writes_lose_nothing(server: Server) -> None:
    """Catches keys that are not locked, or never released."""
    stores.make(server, (600, 2), chunks=(1, 2), dtype="u2")
    arrays = [stores.writable(stores.native(server), locking="threads") for _ in range(4)]
    server.latency = 0.02
    starts = [0, 100, 0, 300]

    def write(number: int) -> None:
        arrays[number][starts[number] :, number % 2] = 5 + number % 2

    join(*(in_thread(lambda number=number: write(number)) for number in range(4)))  # type: ignore[misc]
    server.latency = 0
    found = arrays[0][...]
    assert np.all(found[:, 0] == 5)
    assert np.all(found[100:, 1] == 6)
    assert not key_locks.held


def test_threads_of_one_process_do_not_conflict(server: Server) -> None:
    """Catches requests that are refused because another thread was faster."""
    stores.make(server, (1, 20), chunks=(1, 20))
    array = stores.writable(stores.native(server))
    server.reset()
    server.latency = 0.01

    def write(number: int) -> None:
        array[0, number] = -5

    join(*(in_thread(lambda number=number: write(number)) for number in range(20)))  # type: ignore[misc]
    server.latency = 0
    assert len(server.requests) == 40
    assert np.all(array[...] == -5)


def test_a_far_server_gets_all_that_may_be_in_flight(server: Server) -> None:
    """Catches a write that waits for the first answers of a server whose answers take long."""
    stores.make(server, (24, 1 << 20), chunks=(1, 1 << 20), dtype="u1")
    array = stores.writable(stores.native(server), concurrency=1)
    server.reset()

    def hook(request: Request, reply: Reply) -> None:
        # More than are sent before the first answer of a near server.
        reply.when = lambda: server.most_in_flight == 24

    server.hook = hook
    join(in_thread(lambda: array.__setitem__(..., 7)))
    assert len(server.requests) == 24


def test_a_call_does_not_hold_more_than_its_limit(server: Server) -> None:
    """Catches a write that encodes all of its chunks before the first one is sent."""
    size = 32 << 20
    array = zarr.create_array(
        stores.native(server),
        shape=(24, size),
        chunks=(1, size),
        dtype="u1",
        compressors="auto",
        engine="zarrs",
    )
    server.reset()
    go_on = threading.Event()

    def hook(request: Request, reply: Reply) -> None:
        reply.when = go_on.is_set

    server.hook = hook
    writer = in_thread(lambda: array.__setitem__(..., np.broadcast_to(np.uint8(7), (24, size))))
    wait_for(lambda: server._in_flight == 8, "the first requests")
    time.sleep(A_WHILE)
    go_on.set()
    join(writer)
    assert len(server.requests) == 24
    # 256 MiB of decoded chunks.
    assert server.most_in_flight == 8
