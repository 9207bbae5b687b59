"""A second Ctrl-C, while the first one waits for the calls of an asynchronous store."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.faults.support import in_thread, wait_for
from zarr import crud
from zarr.crud import _locks
from zarr.crud.testing import AsyncOnlyStore

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine .* was never awaited"
)

COUNT = 60
LONG = 1.0


class Slow(AsyncOnlyStore):
    """A store whose changes take a second, and that remembers which have begun and ended."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.ended = 0, 0
        self.seconds = LONG

    async def wait(self) -> None:
        await asyncio.sleep(self.seconds)

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


class Stubborn(Slow):
    """One whose calls go on although they were cancelled, once."""

    async def wait(self) -> None:
        end = time.monotonic() + self.seconds
        while (left := end - time.monotonic()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue


def interrupted(store: Slow, pauses: list[float], work: Callable[[], object]) -> float:
    """Run `work` with an interrupt so long after its first change, and each so long after the
    one before; how long after the last of them it ended."""
    armed, last = [True], [0.0]

    def interrupt(*_: object) -> None:
        if armed[0]:
            last[0] = time.monotonic()
            raise KeyboardInterrupt

    def send() -> None:
        wait_for(lambda: store.begun, "the first change")
        for pause in pauses:
            time.sleep(pause)
            signal.pthread_kill(main, signal.SIGALRM)

    signal.signal(signal.SIGALRM, interrupt)
    main = threading.get_ident()
    sender = in_thread(send)
    with suppress(KeyboardInterrupt):
        try:
            work()
        finally:
            # An interrupt that comes too late finds nobody.
            armed[0] = False
    ended = time.monotonic()
    armed[0] = False
    sender.join()
    assert last[0]
    return ended - last[0]


def array_in(store: Slow) -> crud.Document:
    """An array of which every chunk is stored."""
    store.seconds = 0
    zarr.create_array(store, shape=COUNT, chunks=1, dtype="i4", fill_value=0, compressors=None)
    document = crud.read_metadata(store)
    crud.write_region(document, store, ..., 1, engine="reference")
    store.seconds, store.begun, store.ended = LONG, 0, 0
    return document


# To write the fill value is to delete the chunks.
@pytest.mark.parametrize("value", [7, 0])
def test_nothing_goes_on_after_a_second_interrupt(engine: str, value: int) -> None:
    """It is for impatience, and what then lands in the background undoes what is written next."""
    store = Slow()
    document = array_in(store)
    write = partial(crud.write_region, document, store, ..., value, engine=engine)
    assert interrupted(store, [0.1, 0.1], write) < LONG / 2
    assert not _locks.held
    begun, ended = store.begun, store.ended
    assert 0 < begun < COUNT
    assert ended == 0
    time.sleep(1.2 * LONG)
    assert (store.begun, store.ended) == (begun, ended)
    store.seconds = 0
    assert np.all(crud.read_region(document, store, engine=engine) == 1)
    crud.write_region(document, store, ..., 9, engine=engine)
    assert np.all(crud.read_region(document, store, engine=engine) == 9)


def test_a_third_interrupt_ends_the_wait_for_calls_that_cannot_be_cancelled(engine: str) -> None:
    """There is no store for which a user has to kill the process."""
    store = Stubborn()
    document = array_in(store)
    store.seconds = 4
    write = partial(crud.write_region, document, store, ..., 7, engine=engine)
    assert interrupted(store, [0.1, 0.1, 0.1], write) < 1
    assert not _locks.held
    begun = store.begun
    assert 0 < begun < COUNT
    time.sleep(0.3)
    assert store.begun == begun
    store.seconds = 0
    crud.write_region(document, store, slice(COUNT - 3, COUNT), 9, engine=engine)
    assert np.all(crud.read_region(document, store, slice(COUNT - 3, COUNT), engine=engine) == 9)


@pytest.mark.parametrize("pause", [0.0, 0.0001, 0.001, 0.01])
def test_a_second_interrupt_at_any_moment_leaves_no_lock(engine: str, pause: float) -> None:
    """One that hits while the first is being handled, within the handling itself."""
    store = Slow()
    document = array_in(store)
    store.seconds = 0.05
    for number in range(10):
        store.begun = 0
        write = partial(crud.write_region, document, store, 3, number, engine=engine)
        assert interrupted(store, [0.002 * number, pause], write) < 2
        assert not _locks.held
    store.seconds = 0
    crud.write_region(document, store, 3, 9, engine=engine)
    time.sleep(0.1)
    assert crud.read_region(document, store, 3, engine=engine) == 9
