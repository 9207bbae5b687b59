"""Python stores: batches, ranges, borrowed buffers, and exceptions that stay what they are."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.zarrs.bindings.support import (
    LITTLE,
    ZSTD,
    Bridge,
    Request,
    bridged,
    document,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_call_asks_once_for_all_chunks() -> None:
    """Catches one request per chunk."""
    bridge = Bridge()
    ours = bridged(bridge, document())
    ours.write_all(ramp((7, 5)))
    ours.read_all()
    keys = [f"c/{i}/{j}" for i in range(3) for j in range(3)]
    assert bridge.asked == [[(key, None, None) for key in keys]]


@pytest.mark.parametrize("location", ["start", "end"])
def test_a_small_part_of_a_large_shard_is_fetched_by_ranges(location: str) -> None:
    """Catches whole shards that are fetched for one subchunk, wrong ranges, trusted indexes."""
    bridge = Bridge()
    length, inner = 1 << 21, 1 << 17
    text = document((length,), (length,), codecs=(sharding((inner,), location=location),))
    ours = bridged(bridge, text)
    ours.write_all(ramp((length,)))
    size = 16 * 16 + 4
    # Near the index both come in one range, which shows that they belong together.
    near = 1 if location == "start" else 14
    assert ours.read(near * inner + 9) == near * inner + 10
    head = [("c/0", *((0, size) if location == "start" else (None, size)))]
    both = (0, size + 2 * 4 * inner) if location == "start" else (14 * 4 * inner, 8 * inner + size)
    assert bridge.asked == [head, [("c/0", *both)]]
    # Far from it, the index is asked for again.
    bridge.asked.clear()
    far = 13 if location == "start" else 2
    assert ours.read(far * inner + 9) == far * inner + 10
    body = (size if location == "start" else 0) + far * 4 * inner
    assert bridge.asked == [head, [("c/0", body, 4 * inner)], head]
    np.testing.assert_array_equal(ours.read((0, 4 * inner, 4)), 1 + 4 * inner * np.arange(4))


def test_a_small_shard_is_fetched_whole() -> None:
    """Catches three requests where one does."""
    bridge = Bridge()
    ours = bridged(bridge, document((64,), (64,), codecs=(sharding((4,)),)))
    ours.write_all(ramp((64,)))
    assert ours.read(9) == 10
    assert bridge.asked == [[("c/0", None, None)]]


def test_most_of_a_shard_is_fetched_whole() -> None:
    """Catches many ranges where one request does."""
    bridge = Bridge()
    ours = bridged(bridge, document((64,), (64,), codecs=(sharding((4,)),)))
    ours.write_all(ramp((64,)))
    np.testing.assert_array_equal(ours.read((4, 1, 50)), ramp((64,))[4:54])
    assert bridge.asked == [[("c/0", None, None)]]


def test_missing_shards_and_chunks_follow_the_option() -> None:
    """Catches fill values where an error was asked for."""
    for codecs in ((LITTLE,), (sharding((3, 1)),)):
        text = document(codecs=codecs)
        ours = bridged(Bridge(), text, missing_chunks="error")
        with pytest.raises(RuntimeError, match=r"chunk-not-found: .*c/1/2"):
            ours.read((4, 1, 1), (4, 1, 1))
        assert not bridged(Bridge(), text).read_all().any()


class Stop(BaseException):
    """An exception that is no `Exception`, as KeyboardInterrupt is none."""


@pytest.mark.parametrize("method", ["get_many", "set_many", "delete_many"])
@pytest.mark.parametrize("kind", [Stop, KeyboardInterrupt, KeyError, OSError])
def test_an_exception_of_the_store_comes_out_as_the_same_object(
    method: str, kind: type[BaseException]
) -> None:
    """Catches exceptions that are wrapped, copied or turned into another type."""
    raised = kind("mine")

    def fail(_: object) -> Any:
        raise raised

    bridge = Bridge({"c/0/0": ramp((3, 2)).tobytes()})
    setattr(bridge, method, fail)
    ours = bridged(bridge, document())
    calls: dict[str, Callable[[], Any]] = {
        "get_many": ours.read_all,
        "set_many": lambda: ours.write_all(ramp((7, 5))),
        "delete_many": lambda: ours.write_chunk(np.zeros((3, 2), "i4"), 0, 0),
    }
    with pytest.raises(kind) as caught:
        calls[method]()
    assert caught.value is raised
    delattr(bridge, method)
    ours.write_all(ramp((7, 5)))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))


def test_locks_are_released_after_an_exception() -> None:
    """Catches a key that stays locked: the next write would wait for ever."""
    bridge = Bridge()
    ours = bridged(bridge, document())
    bridge.set_many = None  # type: ignore[assignment, method-assign]
    with pytest.raises(TypeError):
        ours.write_all(ramp((7, 5)))
    del bridge.set_many
    ours.write_all(ramp((7, 5)))


def test_wrong_answers_of_a_store_are_errors() -> None:
    """Catches answers that are taken for others when their number or type is wrong."""
    bridge = Bridge()
    ours = bridged(bridge, document())
    bridge.get_many = lambda requests: []  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="asked for 9 values and gave 0"):
        ours.read_all()
    bridge.get_many = lambda requests: ["text"] * 9  # type: ignore[method-assign, list-item]
    with pytest.raises(TypeError, match=r"buffer|bytes-like"):
        ours.read_all()


def test_borrowed_buffers_are_released() -> None:
    """Catches buffers that are held after the call, or copied instead of borrowed."""
    buffers: list[bytearray] = []

    class Lender(Bridge):
        def get(self, key: str, start: int | None, length: int | None) -> Any:
            buffers.append(bytearray(super().get(key, start, length) or b""))
            return buffers[-1]

    bridge = Lender({f"c/{i}/{j}": ramp((3, 2)).tobytes() for i in range(3) for j in range(3)})
    ours = bridged(bridge, document())
    ours.read_all()
    assert len(buffers) == 9
    for buffer in buffers:
        buffer.clear()  # raises while anyone holds it


def test_a_store_is_called_on_the_calling_thread() -> None:
    """Catches callbacks from worker threads, where a store's own loop would deadlock."""
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
    """Catches locks that meet themselves when one store is built on another."""
    inner_bridge = Bridge()
    inner = bridged(inner_bridge, document((64,), (8,), "uint8"))

    class Outer(Bridge):
        def set_many(self, items: list[tuple[str, bytes]]) -> None:
            for _, value in items:
                inner.write(np.frombuffer(value, "u1"), (0, 1, len(value)))

    bridged(Outer(), document((4,), (4,))).write(ramp((3,)), (0, 1, 3))
    assert inner.read((0, 1, 16)).tobytes() == np.array([1, 2, 3, 0], "i4").tobytes()


def test_the_array_cache_keeps_no_store_alive() -> None:
    """Catches a leak of stores through what is cached for them."""
    bridge = Bridge()
    gone = weakref.ref(bridge)
    ours = bridged(bridge, document())
    ours.read_all()
    assert zb.cache_info()[2] > 0
    del bridge, ours
    gc.collect()
    assert gone() is None
