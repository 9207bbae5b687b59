"""Chunks of Python stores: batches, locks, and the thread that calls the store."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.bindings.support import LITTLE, ZSTD, Bridge, Request, bridged, document, ramp


def test_a_call_asks_once_for_all_chunks() -> None:
    """Catches one request per chunk."""
    bridge = Bridge()
    ours = bridged(bridge, document())
    ours.write_all(ramp((7, 5)))
    ours.read_all()
    keys = [f"c/{i}/{j}" for i in range(3) for j in range(3)]
    assert bridge.asked == [[(key, None, None) for key in keys]]


def test_locks_are_released_after_an_exception() -> None:
    """Catches a key that stays locked, so that the next write waits forever."""
    bridge = Bridge()
    ours = bridged(bridge, document())
    bridge.set_many = None  # type: ignore[assignment, method-assign]
    with pytest.raises(TypeError):
        ours.write_all(ramp((7, 5)))
    del bridge.set_many
    ours.write_all(ramp((7, 5)))


def test_a_store_is_called_on_the_calling_thread() -> None:
    """Catches callbacks from worker threads, on which a store's own event loop would deadlock."""
    threads = set()

    class Watcher(Bridge):
        def get_many(self, requests: list[Request]) -> list[memoryview | None]:
            threads.add(threading.get_ident())
            return super().get_many(requests)

    ours = bridged(Watcher(), document((400, 400), (40, 40), codecs=(LITTLE, ZSTD)))
    ours.write_all(ramp((400, 400)))
    np.testing.assert_array_equal(ours.read_all(), ramp((400, 400)))
    assert threads == {threading.get_ident()}


def test_a_store_may_write_through_us_again() -> None:
    """Catches a deadlock between the locks of two stores, one of which is built on the other."""
    inner_bridge = Bridge()
    inner = bridged(inner_bridge, document((64,), (8,), "uint8"))

    class Outer(Bridge):
        def set_many(self, items: list[tuple[str, bytes]]) -> None:
            for _, value in items:
                inner.write(np.frombuffer(value, "u1"), (0, 1, len(value)))

    bridged(Outer(), document((4,), (4,))).write(ramp((3,)), (0, 1, 3))
    assert inner.read((0, 1, 16)).tobytes() == np.array([1, 2, 3, 0], "i4").tobytes()
