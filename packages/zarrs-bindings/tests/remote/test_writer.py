"""Many chunks in one write: groups of locked keys, and several calls at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import zarr
from tests.patience import in_thread, join
from tests.remote import stores
from zarr.crud._stores import key_locks

if TYPE_CHECKING:
    from tests.remote.server import Server


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


def test_writes_in_opposite_orders_do_not_wait_for_each_other(server: Server) -> None:
    """Catches two calls that each hold keys for which the other one waits."""
    stores.make(server, (600, 2), chunks=(1, 2), dtype="u2")
    arrays = [stores.writable(stores.native(server)) for _ in range(4)]
    server.latency = 0.02
    rows = np.arange(600)
    orders = [rows, rows[::-1], np.roll(rows, 300), np.roll(rows[::-1], 100)]

    def write(number: int) -> None:
        column = number % 2
        arrays[number].set_orthogonal_selection((orders[number], column), np.full(600, 5 + column))

    join(*(in_thread(lambda number=number: write(number)) for number in range(4)))  # type: ignore[misc]
    server.latency = 0
    assert np.array_equal(arrays[0][...], np.tile([5, 6], (600, 1)))
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
    server.latency = 0.1
    array[...] = np.broadcast_to(np.uint8(7), (24, size))
    assert len(server.requests) == 24
    # 256 MiB of decoded chunks.
    assert server.most_in_flight <= 8
