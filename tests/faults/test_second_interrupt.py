"""A second Ctrl-C, while the first one waits for the calls of an asynchronous store."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG, in_thread, join, wait_for
from zarr import crud
from zarr.core.sync import sync
from zarr.crud._stores import key_locks
from zarr.crud.testing import AsyncOnlyStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.usefixtures("few_requests"),
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine .* was never awaited"
    ),
]

COUNT = 60


@pytest.fixture(autouse=True, scope="module")
def _collected() -> Iterator[None]:
    """Collect garbage here, so that it is not collected in a test of another module."""
    yield
    gc.collect()


class Held(AsyncOnlyStore):
    """A store that blocks its changes until it is released, and counts how many have begun and
    ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.ended = 0, 0
        self.go_on = threading.Event()

    async def wait(self) -> None:
        end = time.monotonic() + HANG
        while not self.go_on.is_set() and time.monotonic() < end:
            await asyncio.sleep(0.005)

    async def set(self, key: str, value: Any) -> None:
        self.begun += 1
        await self.wait()
        await super().set(key, value)
        self.ended += 1

    async def delete(self, key: str) -> None:
        self.begun += 1
        await self.wait()
        await super().delete(key)
        self.ended += 1


class Stubborn(Held):
    """A store whose calls continue after they are cancelled."""

    async def wait(self) -> None:
        end = time.monotonic() + HANG
        while not self.go_on.is_set() and time.monotonic() < end:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.005)


def interrupt(store: Held, pauses: list[float], work: Callable[[], object], *, apart: bool) -> None:
    """Run `work`, whose changes block, with several interrupts; it must end.

    The first interrupt comes a given time after the first change, and each other the same time
    after the one before; if they must be separate, after the one before was noticed. If not, the
    store is then released.
    """
    armed = [True]
    noticed: list[float] = []

    def notice(*_: object) -> None:
        # An interrupt that comes too late hits nothing.
        if armed[0]:
            noticed.append(time.monotonic())
            raise KeyboardInterrupt

    def is_noticed(number: int) -> bool:
        return len(noticed) == number

    def send() -> None:
        wait_for(lambda: store.begun, "the first change")
        for number, pause in enumerate(pauses):
            if apart:
                wait_for(partial(is_noticed, number), "an interrupt")
            time.sleep(pause)
            signal.pthread_kill(main, signal.SIGALRM)
        if not apart:
            wait_for(lambda: noticed, "the first interrupt")
            store.go_on.set()

    signal.signal(signal.SIGALRM, notice)
    main = threading.get_ident()
    sender = in_thread(send)
    with suppress(KeyboardInterrupt):
        try:
            work()
        finally:
            armed[0] = False
    ended = time.monotonic()
    armed[0] = False
    join(sender)
    assert ended - noticed[-1] < HANG / 2
    assert len(noticed) == len(pauses) or not apart


def array_in(store: Held) -> crud.Document:
    """An array with every chunk stored."""
    store.go_on.set()
    zarr.create_array(store, shape=COUNT, chunks=1, dtype="i4", fill_value=0, compressors=None)
    document = crud.read_metadata(store)
    crud.write_region(document, store, ..., 1, engine="reference")
    store.go_on.clear()
    store.begun, store.ended = 0, 0
    return document


def let_go(store: Held) -> None:
    """Release what is still in progress in a store, and wait until it has ended."""
    store.go_on.set()
    # Timers of one event loop fire in order, and this one is later.
    sync(asyncio.sleep(0.05))


# Writing the fill value deletes the chunks.
@pytest.mark.parametrize("value", [7, 0])
def test_nothing_goes_on_after_a_second_interrupt(engine: str, value: int) -> None:
    """Catches background work that undoes what is written next.

    The store does not answer before the write has ended.
    """
    store = Held()
    document = array_in(store)
    write = partial(crud.write_region, document, store, ..., value, engine=engine)
    interrupt(store, [0.02, 0.02], write, apart=True)
    assert not key_locks.held
    begun = store.begun
    assert 0 < begun < COUNT
    let_go(store)
    assert (store.begun, store.ended) == (begun, 0)
    assert np.all(crud.read_region(document, store, engine=engine) == 1)
    crud.write_region(document, store, ..., 9, engine=engine)
    assert np.all(crud.read_region(document, store, engine=engine) == 9)


def test_a_third_interrupt_ends_the_wait_for_calls_that_cannot_be_cancelled(engine: str) -> None:
    """Catches a store for which a user must kill the process."""
    store = Stubborn()
    document = array_in(store)
    write = partial(crud.write_region, document, store, ..., 7, engine=engine)
    interrupt(store, [0.02, 0.02, 0.02], write, apart=True)
    assert not key_locks.held
    begun = store.begun
    assert 0 < begun < COUNT
    let_go(store)
    assert store.begun == begun
    crud.write_region(document, store, slice(COUNT - 3, COUNT), 9, engine=engine)
    assert np.all(crud.read_region(document, store, slice(COUNT - 3, COUNT), engine=engine) == 9)


@pytest.mark.parametrize("pause", [0.0, 0.0001, 0.001, 0.01])
def test_a_second_interrupt_at_any_moment_leaves_no_lock(engine: str, pause: float) -> None:
    """Catches an interrupt during the handling of the first one that leaves a lock."""
    store = Held()
    document = array_in(store)
    for number in range(10):
        store.begun = 0
        store.go_on.clear()
        write = partial(crud.write_region, document, store, 3, number, engine=engine)
        interrupt(store, [0.002 * number, pause], write, apart=False)
        assert not key_locks.held
    let_go(store)
    crud.write_region(document, store, 3, 9, engine=engine)
    let_go(store)
    assert crud.read_region(document, store, 3, engine=engine) == 9
