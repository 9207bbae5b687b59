"""Ctrl-C: work ends soon, nothing of a write lands afterwards, and all goes on working."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import random
import signal
import statistics
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.faults.support import Faults, array_of, descriptors, in_thread, wait_for
from zarr import crud
from zarr.crud import _locks
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.store import Store

# Python's own `open` may be interrupted, or the call of a coroutine before it is awaited: the
# garbage collector then cleans up, with a warning.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine .* was never awaited"
)


def is_interrupted(seconds: float, work: Callable[[], object]) -> bool:
    """Run `work`, with a `KeyboardInterrupt` so many seconds later; whether that ended it."""
    armed = [True]

    def interrupt(*_: object) -> None:
        if armed[0]:
            armed[0] = False
            raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    # Python drops an interrupt that it meets in a callback for an object that was collected.
    gc.disable()
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        work()
        armed[0] = False
    except KeyboardInterrupt:
        return True
    finally:
        gc.enable()
    # One that comes too late finds nobody.
    signal.setitimer(signal.ITIMER_REAL, 0)
    return False


def duration(work: Callable[[], object]) -> float:
    """How long a call takes as a rule: seconds, the median of some."""

    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return statistics.median(once() for _ in range(9))


class Slow(MemoryStore):
    """A store whose calls take their time, on the caller's thread."""

    def set_sync(self, key: str, value: Any) -> None:
        time.sleep(0.005)
        super().set_sync(key, value)


class SlowAsync(AsyncOnlyStore):
    """The same on the event loop."""

    async def set(self, key: str, value: Any) -> None:
        await asyncio.sleep(0.03)
        await super().set(key, value)


class SlowThreads(AsyncOnlyStore):
    """The same on threads of the event loop, which nobody can cancel."""

    async def set(self, key: str, value: Any) -> None:
        await asyncio.to_thread(time.sleep, 0.03)
        await asyncio.to_thread(asyncio.run, super().set(key, value))


def contents(store: Store, root: Path) -> dict[str, Any]:
    """What is stored, of either kind of store; the inode tells a file from its successor."""
    if isinstance(store, LocalStore):
        files = (path for path in root.rglob("*") if path.is_file())
        return {str(path): (path.stat().st_ino, path.read_bytes()) for path in files}
    values = store if isinstance(store, MemoryStore) else store._store  # type: ignore[attr-defined]
    return {key: value.to_bytes() for key, value in values._store_dict.items()}


@pytest.mark.parametrize("kind", [Slow, SlowAsync, SlowThreads, LocalStore])
def test_nothing_of_an_interrupted_write_lands_after_control_has_returned(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """What goes on in the background overwrites what is written next."""
    store = kind(tmp_path) if kind is LocalStore else kind()
    # Enough chunks that a write in full takes longer than a second.
    count = 40_000 if kind is LocalStore else 400
    zarr.create_array(store, shape=count, chunks=1, dtype="i4", fill_value=0, compressors=None)
    document = crud.read_metadata(store)
    assert is_interrupted(0.15, lambda: crud.write_region(document, store, ..., 1, engine=engine))
    returned = contents(store, tmp_path)
    assert len(returned) < count
    time.sleep(0.2)
    assert contents(store, tmp_path) == returned
    crud.write_region(document, store, slice(0, 2), 2, engine=engine)
    assert list(np.asarray(crud.read_region(document, store, slice(0, 2)))) == [2, 2]


class Failing(AsyncOnlyStore):
    """A store of which one call fails at once, while others are under way."""

    async def set(self, key: str, value: Any) -> None:
        if key.endswith("/5"):
            raise OSError(28, "no space left", key)
        await asyncio.sleep(0.05)
        await super().set(key, value)


def test_nothing_of_a_failed_write_lands_after_its_error(engine: str, tmp_path: Path) -> None:
    """The other calls of a batch are under way when one of them fails."""
    store = Failing()
    zarr.create_array(store, shape=200, chunks=1, dtype="i4", compressors=None)
    with pytest.raises(OSError, match="no space left"):
        crud.write_region(crud.read_metadata(store), store, ..., 1, engine=engine)
    returned = contents(store, tmp_path)
    time.sleep(0.2)
    assert contents(store, tmp_path) == returned


def locks_are_free(root: Path) -> None:
    """No chunk is locked, in this process or by one of its files."""
    assert not _locks.held
    for path in root.rglob("[0-9]"):
        if path.is_file():
            with path.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("kind", ["memory", "local", "async-only"])
@pytest.mark.parametrize("sharded", [False, True])
def test_interrupts_at_any_moment_leave_no_lock_and_no_mixture(
    engine: str, kind: str, sharded: bool, tmp_path: Path
) -> None:
    """One that hits between a lock and what releases it stops all later writers."""
    made = {"memory": MemoryStore, "async-only": AsyncOnlyStore}
    store = LocalStore(tmp_path / "root") if kind == "local" else made[kind]()
    layout: Any = {"chunks": (4, 4), "shards": (8, 8)} if sharded else {"chunks": (8, 8)}
    zarr.create_array(store, shape=(8, 8), dtype="i4", compressors=None, **layout)
    document = crud.read_metadata(store)
    crud.write_region(document, store, ..., 1, engine=engine)
    place = (slice(0, 5), 0)
    usual = duration(partial(crud.write_region, document, store, place, 1, engine=engine))
    moments, hits, landed = random.Random(5), 0, 1
    for value in range(2, 400):
        write = partial(crud.write_region, document, store, place, value, engine=engine)
        hits += is_interrupted(moments.uniform(0.000001, 1.5 * usual), write)
        assert not _locks.held
        if value % 10 == 0:
            found = set(np.asarray(crud.read_region(document, store))[:5, 0])
            assert len(found) == 1
            assert landed <= min(found) <= value
            landed = min(found)
    assert hits > 30
    locks_are_free(tmp_path)
    last = in_thread(lambda: crud.write_region(document, store, (0, 0), 7, engine=engine))
    last.join(20)
    assert not last.is_alive()


LONG = """
    big = {**document, "shape": [1 << 20], "chunk_grid":
           {"name": "regular", "configuration": {"chunk_shape": [2]}}}
    store = {"local": lambda: LocalStore(root + "/big"), "memory": MemoryStore}[kind]()
    print("ready", flush=True)
    start = time.monotonic()
    try:
        if call == "read":
            crud.read_region(big, store, engine=engine)
        else:
            crud.write_region(big, store, ..., 3, engine=engine)
        print("ended")
    except KeyboardInterrupt:
        pass
    crud.write_region(big, store, slice(0, 3), 5, engine=engine)
    print(*crud.read_region(big, store, slice(0, 3), engine=engine))
"""


@pytest.mark.parametrize("call", ["read", "write"])
@pytest.mark.parametrize("kind", ["local", "memory"])
def test_an_interrupt_ends_a_long_call_within_a_second_or_so(
    engine: str, kind: str, call: str, tmp_path: Path, faults: Faults
) -> None:
    """A program that cannot be stopped is killed, and leaves worse behind."""
    root = tmp_path / "root"
    zarr.create_array(root, shape=4, chunks=2, dtype="i4", compressors=None)
    with faults.started(LONG, root, engine, kind=kind, call=call) as process:
        wait_for(process.out, "the start")
        time.sleep(0.3)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.finish() == "ready\n5 5 5\n"
        assert time.monotonic() - start < 5


def test_a_read_of_a_store_that_never_answers_is_ended(engine: str) -> None:
    """It is waited for on another thread, where no signal arrives."""

    class Silent(AsyncOnlyStore):
        async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
            if "zarr.json" not in key:
                await asyncio.sleep(60)
            return await super().get(key, *arguments, **options)

    store = Silent()
    zarr.create_array(store, shape=4, chunks=2, dtype="i4")
    document = crud.read_metadata(store)
    start = time.monotonic()
    assert is_interrupted(0.1, lambda: crud.read_region(document, store, engine=engine))
    assert time.monotonic() - start < 5


def test_descriptors_of_interrupted_writes_are_closed(tmp_path: Path) -> None:
    """They are few, but a service is interrupted often."""
    # In Python a signal can hit `os.open` itself, whose result is lost then.
    engine = "zarrs"
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=False)
    crud.write_region(document, root, ..., 1, engine=engine)
    before = descriptors()
    moments = random.Random(6)
    for value in range(300):
        write = partial(crud.write_region, document, root, (0, 0), value, engine=engine)
        is_interrupted(moments.uniform(0.00001, 0.001), write)
    assert descriptors() <= before
