"""Ctrl-C: work ends soon, no write lands afterwards, and everything still works."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.faults.support import Faults, array_of, calls, descriptors
from tests.interrupts import Moments, is_interrupted
from tests.patience import A_WHILE, HANG, in_thread, join, wait_for
from zarr import crud
from zarr.crud._stores import key_locks
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zarr.abc.store import Store

# An interrupt may hit Python's own `open`, or a coroutine before it is awaited: the garbage
# collector then cleans up, with a warning.
pytestmark = [
    pytest.mark.usefixtures("few_requests"),
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine .* was never awaited"
    ),
]


@pytest.fixture(autouse=True, scope="module")
def _collected() -> Iterator[None]:
    """Collect garbage here, so that it is not collected in a test of another module."""
    yield
    gc.collect()


class Slow(MemoryStore):
    """A store with slow calls, on the caller's thread."""

    def set_sync(self, key: str, value: Any) -> None:
        time.sleep(0.005)
        super().set_sync(key, value)


class SlowAsync(AsyncOnlyStore):
    """The same on the event loop."""

    async def set(self, key: str, value: Any) -> None:
        await asyncio.sleep(0.03)
        await super().set(key, value)


class SlowThreads(AsyncOnlyStore):
    """The same on threads of the event loop, which cannot be cancelled."""

    async def set(self, key: str, value: Any) -> None:
        await asyncio.to_thread(time.sleep, 0.03)
        await asyncio.to_thread(asyncio.run, super().set(key, value))


def contents(store: Store, root: Path) -> dict[str, Any]:
    """The contents of either kind of store; the inode distinguishes a file from its successor."""
    if isinstance(store, LocalStore):
        files = (path for path in root.rglob("*") if path.is_file())
        return {str(path): (path.stat().st_ino, path.read_bytes()) for path in files}
    return {key: value.to_bytes() for key, value in values_of(store).items()}


def values_of(store: Any) -> Mapping[str, Any]:
    """The values that a store in memory holds, itself or in an inner store."""
    inner = store if isinstance(store, MemoryStore) else store._store
    values: Mapping[str, Any] = inner._store_dict
    return values


@pytest.mark.parametrize("kind", [Slow, SlowAsync, SlowThreads, LocalStore])
def test_nothing_of_an_interrupted_write_lands_after_control_has_returned(
    engine: str, kind: type[Any], tmp_path: Path
) -> None:
    """Catches background work that overwrites what is written next.

    The interrupt comes when twenty chunks are stored. The rest takes a second even on an idle
    machine.
    """
    store = kind(tmp_path) if kind is LocalStore else kind()
    count = 40_000 if kind is LocalStore else 400
    zarr.create_array(store, shape=count, chunks=1, dtype="i4", fill_value=0, compressors=None)
    document = crud.read_metadata(store)
    twentieth = tmp_path / "c/20"

    def is_under_way() -> bool:
        return twentieth.exists() if kind is LocalStore else len(values_of(store)) > 20

    write = partial(crud.write_region, document, store, ..., 1, engine=engine)
    assert is_interrupted(is_under_way, write)
    returned = contents(store, tmp_path)
    assert 0 < len(returned) < count
    time.sleep(A_WHILE)
    assert contents(store, tmp_path) == returned
    crud.write_region(document, store, slice(0, 2), 2, engine=engine)
    assert list(np.asarray(crud.read_region(document, store, slice(0, 2)))) == [2, 2]


class Failing(AsyncOnlyStore):
    """A store with one call that fails at once, while others are in progress."""

    failure: BaseException

    async def set(self, key: str, value: Any) -> None:
        if key.endswith("/5"):
            raise self.failure
        await asyncio.sleep(0.05)
        await super().set(key, value)


@pytest.mark.parametrize("failure", [OSError(28, "no space left"), asyncio.CancelledError()])
def test_nothing_of_a_failed_write_lands_after_its_error(
    engine: str, failure: BaseException, tmp_path: Path
) -> None:
    """Catches other calls of a batch that continue after one of them fails or cancels itself."""
    store = Failing()
    store.failure = failure
    zarr.create_array(store, shape=200, chunks=1, dtype="i4", compressors=None)
    with pytest.raises(type(failure)):
        crud.write_region(crud.read_metadata(store), store, ..., 1, engine=engine)
    returned = contents(store, tmp_path)
    time.sleep(A_WHILE)
    assert contents(store, tmp_path) == returned


def locks_are_free(root: Path) -> None:
    """No chunk is locked, in this process or by one of its files."""
    assert not key_locks.held
    for path in root.rglob("[0-9]"):
        if path.is_file():
            with path.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("kind", ["memory", "local", "async-only"])
@pytest.mark.parametrize("sharded", [False, True])
def test_interrupts_at_any_moment_leave_no_lock_and_no_mixture(
    engine: str, kind: str, sharded: bool, tmp_path: Path
) -> None:
    """Catches an interrupt between a lock and its release, which blocks all later writers.

    About half of the interrupts hit a call: the moments depend on how long a call takes.
    """
    made = {"memory": MemoryStore, "async-only": AsyncOnlyStore}
    store = LocalStore(tmp_path / "root") if kind == "local" else made[kind]()
    layout: Any = {"chunks": (4, 4), "shards": (8, 8)} if sharded else {"chunks": (8, 8)}
    zarr.create_array(store, shape=(8, 8), dtype="i4", compressors=None, **layout)
    document = crud.read_metadata(store)
    crud.write_region(document, store, ..., 1, engine=engine)
    place = (slice(0, 5), 0)
    moments = Moments(5, partial(crud.write_region, document, store, place, 1, engine=engine))
    landed = 1
    for value in range(2, 400):
        write = partial(crud.write_region, document, store, place, value, engine=engine)
        moments.interrupt(write)
        assert not key_locks.held
        if value % 10 == 0:
            found = set(np.asarray(crud.read_region(document, store))[:5, 0])
            assert len(found) == 1
            assert landed <= min(found) <= value
            landed = min(found)
    assert moments.hits > 30
    locks_are_free(tmp_path)
    join(in_thread(lambda: crud.write_region(document, store, (0, 0), 7, engine=engine)))


# A call on very many chunks, interrupted at the thousandth.
LONG = """
    class Values(dict):
        asked = 0
        def ask(self):
            self.asked += 1
            if self.asked == 1000:
                os.kill(os.getpid(), signal.SIGINT)
        def __getitem__(self, key):
            self.ask()
            return super().__getitem__(key)
        def __setitem__(self, key, value):
            self.ask()
            super().__setitem__(key, value)
    big = {**document, "shape": [2 * count], "chunk_grid":
           {"name": "regular", "configuration": {"chunk_shape": [2]}}}
    values = Values()
    store = LocalStore(root + "/big") if kind == "local" else MemoryStore(values)
    try:
        if call == "read":
            crud.read_region(big, store, engine=engine, detached=True)
        else:
            crud.write_region(big, store, ..., 3, engine=engine, detached=True)
        print("ended")
    except KeyboardInterrupt:
        print(values.asked)
    crud.write_region(big, store, slice(0, 3), 5, engine=engine, detached=True)
    print(*crud.read_region(big, store, slice(0, 3), engine=engine))
"""


@pytest.mark.parametrize("call", ["read", "write"])
@pytest.mark.parametrize("kind", ["local", "memory"])
def test_an_interrupt_ends_a_long_call_within_a_second_or_so(
    engine: str, kind: str, call: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a program that must be killed, which leaves more damage behind.

    Machines differ in what they do in a second, so the test counts chunks: less than a quarter of
    the call follows the interrupt. Threads of the extension process some ten thousand chunks before
    they stop, and on a busy machine ten times as many.
    """
    root, log = tmp_path / "root", tmp_path / "log"
    zarr.create_array(root, shape=4, chunks=2, dtype="i4", compressors=None)
    count = 1 << (20 if (engine, kind) == ("zarrs", "local") else 13)
    rule = "open:INT:/big/c/:1000:1" if kind == "local" else ""
    out = faults.run(LONG, root, engine, rule, log, kind=kind, call=call, count=count)
    asked, last = out.splitlines()
    assert last == "5 5 5"
    opened = [name for what, name in calls(log, root) if what == "open" and "big/c/" in name]
    assert 1000 <= (len(opened) if kind == "local" else int(asked)) < 1000 + count // 4


def test_a_read_of_a_store_that_never_answers_is_ended(engine: str) -> None:
    """Catches a wait on a thread that receives no signals."""
    asked = threading.Event()

    class Silent(AsyncOnlyStore):
        async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
            if "zarr.json" not in key:
                asked.set()
                await asyncio.sleep(HANG)
            return await super().get(key, *arguments, **options)

    store = Silent()
    zarr.create_array(store, shape=4, chunks=2, dtype="i4")
    document = crud.read_metadata(store)
    start = time.monotonic()
    read = partial(crud.read_region, document, store, engine=engine)
    assert is_interrupted(asked.is_set, read)
    assert time.monotonic() - start < HANG / 2


def test_descriptors_of_interrupted_writes_are_closed(tmp_path: Path) -> None:
    """Catches descriptors that stay open: a service is interrupted often."""
    # In Python a signal can hit `os.open` itself; then its result is lost.
    engine = "zarrs"
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=False)
    crud.write_region(document, root, ..., 1, engine=engine)
    moments = Moments(6, partial(crud.write_region, document, root, (0, 0), 1, engine=engine))
    before = descriptors()
    for value in range(300):
        moments.interrupt(partial(crud.write_region, document, root, (0, 0), value, engine=engine))
    assert moments.hits > 30
    # The file that was replaced last is closed after its write.
    wait_for(lambda: descriptors() <= before, "the files to be closed")
