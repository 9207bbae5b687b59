"""The end of a stream of regions: early, by an error, by nobody who remembers it."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.streams.gated import gated
from tests.crud.test_document import document_members
from tests.patience import HANG, in_thread, until, wait_for
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore, FailingStore
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


@pytest.fixture
def filled(store: Store) -> Store:
    """A store that contains the values."""
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="reference", detached=True)
    return store


@pytest.mark.parametrize("ahead", [0, 1, 1000])
@pytest.mark.parametrize("ordered", [True, False])
def test_the_exception_of_a_store_is_the_same_object_with_the_region(
    engine: str, ahead: int, ordered: bool
) -> None:
    """Catches an error that does not say where, or that is swallowed in a thread."""
    failure = OSError("lost")
    store = FailingStore(failure, on="none")
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="reference", detached=True)
    store.failing_call = "get"
    stream = crud.iter_chunks(
        DOCUMENT, store, ahead=ahead, ordered=ordered, engine=engine, detached=True
    )
    with pytest.raises(OSError, match="lost") as caught:
        list(stream)
    assert caught.value is failure
    assert failure.__notes__[-1].startswith("in ")
    assert "0:3, 0:2]" in failure.__notes__[-1]
    assert "request" not in str(failure.__notes__)
    assert list(stream) == []


def test_damage_is_raised_where_it_is(engine: str, filled: Store) -> None:
    """Catches regions before the damage that are lost, or later ones that hide it."""
    asyncio.run(filled.set("c/1/1", zarr.core.buffer.cpu.Buffer.from_bytes(b"123")))
    found: list[Any] = []
    stream = crud.iter_chunks(DOCUMENT, filled, ahead=12, engine=engine, detached=True)
    with pytest.raises(crud.DecodeError, match="c/1/1") as caught:
        found.extend(region for region, _ in stream)
    assert (
        found
        == [
            (rows, columns)
            for rows in (slice(0, 3), slice(3, 6))
            for columns in (slice(0, 2), slice(2, 4), slice(4, 5))
        ][: len(found)]
    )
    assert len(found) == 4
    assert caught.value.__notes__ == ["in region [3:6, 2:4]"]


def test_an_early_close_ends_the_reads(engine: str) -> None:
    """Catches threads that go on reading, or a `close` that waits for a slow store."""
    store = gated()
    stream = crud.iter_chunks(DOCUMENT, store, ahead=24, engine=engine, detached=True)
    next(stream)
    wait_for(lambda: len(store.asked) > 1, "a read ahead")
    stream.close()
    assert list(stream) == []
    asked = len(store.asked)
    store.is_open.set()
    wait_for(lambda: not reading_threads(), "the end of the reads")
    assert len(store.asked) <= asked + 2


def reading_threads() -> list[Any]:
    frames = sys._current_frames().values()
    return [frame for frame in frames if is_reading(frame)]


def is_reading(frame: Any) -> bool:
    while frame is not None:
        if frame.f_code.co_qualname.startswith("Job.run"):
            return True
        frame = frame.f_back
    return False


def test_an_exception_of_the_consumer_ends_the_stream(engine: str, filled: Store) -> None:
    """Catches a stream that keeps the consumer's exception, or reads on."""
    stream = crud.iter_chunks(DOCUMENT, filled, ahead=40, engine=engine, detached=True)

    def work() -> None:
        for _ in stream:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    stream.close()
    wait_for(lambda: not reading_threads(), "the end of the reads")


def test_a_forgotten_stream_ends(engine: str) -> None:
    """Catches threads that keep the stream, its results or its store alive."""

    def forget() -> tuple[Any, threading.Event]:
        store = gated()
        stream = crud.iter_chunks(DOCUMENT, store, ahead=24, engine=engine, detached=True)
        next(stream)
        wait_for(lambda: len(store.asked) > 1, "a read ahead")
        return weakref.ref(store), store.is_open

    alive, is_open = forget()
    gc.collect()
    is_open.set()
    wait_for(lambda: not reading_threads(), "the end of the reads")
    wait_for(lambda: gc.collect() >= 0 and alive() is None, "the release of the store")


def test_yielded_arrays_are_released(engine: str, filled: Store) -> None:
    """Catches a stream that keeps what it has yielded, one or all."""
    stream = crud.iter_chunks(DOCUMENT, filled, ahead=12, engine=engine, detached=True)
    alive = []
    for _ in range(5):
        _, array = next(stream)
        alive.append(weakref.ref(array))
        del array
    assert [one() for one in alive] == [None] * 5


async def test_a_cancelled_wait_ends_the_reads(engine: str) -> None:
    """Catches reads that go on after their task was cancelled, or a loop that is blocked."""
    store = gated()
    stream: Any = crud.iter_chunks_async(DOCUMENT, store, ahead=24, engine=engine, detached=True)
    await anext(stream)

    async def rest() -> None:
        async with aclosing(stream):
            async for _ in stream:
                pass

    task = asyncio.create_task(rest())
    await until(lambda: len(store.asked) > 1 and stream.ag_running, "a wait for a read")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    store.is_open.set()
    await until(lambda: not reading_threads(), "the end of the reads")
    assert [one async for one in stream] == []


async def test_a_closed_generator_ends_the_reads(engine: str) -> None:
    """Catches an `aclose` that leaves reads behind."""
    inner = MemoryStore()
    crud.write_region(DOCUMENT, inner, ..., VALUES, engine="reference", detached=True)
    waiting: list[str] = []
    cancelled: list[str] = []

    class Slow(AsyncOnlyStore):
        async def get(self, key: str, *args: Any, **options: Any) -> Any:
            if key != "c/0/0":
                waiting.append(key)
                try:
                    await asyncio.sleep(HANG)
                except asyncio.CancelledError:
                    cancelled.append(key)
                    raise
            return await super().get(key, *args, **options)

    stream = crud.iter_chunks_async(DOCUMENT, Slow(inner), ahead=24, engine=engine, detached=True)
    await anext(stream)
    await until(lambda: waiting, "a read ahead")
    await stream.aclose()
    await until(lambda: not reading_threads(), "the end of the reads")
    # A thread that gives up does not wait until the loop of the store has cancelled its request.
    await until(lambda: cancelled, "the end of the request")


async def test_the_exception_of_a_store_reaches_the_task(engine: str) -> None:
    """Catches an error that is lost in a thread, so that the task waits forever."""
    failure = OSError("lost")
    store = FailingStore(failure, on="get")
    with pytest.raises(OSError, match="lost") as caught:
        async for _ in crud.iter_chunks_async(DOCUMENT, store, engine=engine, detached=True):
            pass
    assert caught.value is failure


def test_streams_of_many_threads_do_not_wait_for_each_other(engine: str, filled: Store) -> None:
    """Catches a bound on threads that all streams share."""
    sums: list[int] = []
    barrier = threading.Barrier(20)

    def total() -> None:
        stream = crud.iter_chunks(DOCUMENT, filled, ahead=24, engine=engine, detached=True)
        first = next(stream)[1].sum()
        barrier.wait(HANG)
        sums.append(int(first) + sum(int(array.sum()) for _, array in stream))

    threads = [in_thread(total) for _ in range(20)]
    for thread in threads:
        thread.join(HANG)
    assert sums == [int(VALUES.sum())] * 20
