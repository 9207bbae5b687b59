"""Streams that are interrupted, forked, or left behind when the interpreter ends."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.faults.support import array_of
from tests.interrupts import Moments, is_interrupted
from tests.patience import A_WHILE, HANG, wait_for
from zarr import crud
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Slow(MemoryStore):
    """A store whose calls on chunks take a while, and are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def _wait(self, key: str) -> None:
        if key.startswith("c/"):
            self.calls += 1
            threading.Event().wait(0.005)

    def get_sync(self, key: str, **options: Any) -> Any:
        self._wait(key)
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Any) -> None:
        self._wait(key)
        super().set_sync(key, value)


def array_in(store: Any, count: int) -> Any:
    return zarr.create_array(store, shape=count, chunks=1, dtype="i4", compressors=None).metadata


def test_an_interrupt_ends_a_read_stream(engine: str) -> None:
    """Catches a wait that Ctrl-C does not end, and reads that go on after it."""
    store = Slow()
    document = array_in(store, 4000)

    def work() -> None:
        for _ in crud.iter_chunks(document, store, engine=engine):
            pass

    assert is_interrupted(lambda: store.calls > 20, work)
    done = [store.calls]

    def stands() -> bool:
        done.append(store.calls)
        threading.Event().wait(A_WHILE)
        return store.calls == done[-1]

    wait_for(stands, "the end of the reads")
    assert store.calls < 4000


def test_an_interrupt_ends_a_write_stream(engine: str) -> None:
    """Catches writes that land after control has returned, or an error without an account."""
    store, error = Slow(), list[BaseException]()
    document = array_in(store, 4000)

    def work() -> None:
        try:
            crud.write_chunks(
                document, store, ((slice(n, n + 1), n + 1) for n in range(4000)), engine=engine
            )
        except BaseException as err:
            error.append(err)
            raise

    assert is_interrupted(lambda: store.calls > 20, work)
    stored = dict(store._store_dict)
    assert 1 < len(stored) < 4000
    assert error[0].__notes__[-1].startswith("regions of the iterable, counted from 0: ")
    threading.Event().wait(A_WHILE)
    assert dict(store._store_dict) == stored


@pytest.mark.parametrize("kind", ["read", "write"])
def test_interrupts_at_any_moment_leave_nothing_locked(engine: str, kind: str) -> None:
    """Catches an interrupt between two steps, after which a stream or its end waits forever."""
    store = MemoryStore()
    document = array_in(store, 60)
    items = [(slice(n, n + 1), n) for n in range(60)]

    def work() -> None:
        if kind == "write":
            crud.write_chunks(document, store, items, ahead=64, engine=engine)
        else:
            for _ in crud.iter_chunks(document, store, ahead=64, engine=engine):
                pass

    work()
    moments = Moments(7, work)
    for _ in range(60):
        moments.interrupt(work)
    assert moments.hits > 5
    crud.write_chunks(document, store, items, engine=engine)
    found = [int(array[0]) for _, array in crud.iter_chunks(document, store, engine=engine)]
    assert found == list(range(60))


def in_child(work: Any) -> int:
    """Run `work` in a forked child; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work()
        finally:
            os._exit(code)
    return exit_code(child)


def exit_code(child: int) -> int:
    """Wait for a forked child."""
    end: list[int] = []

    def has_ended() -> bool:
        pid, status = os.waitpid(child, os.WNOHANG)
        end.append(status)
        return pid == child

    wait_for(has_ended, "a forked child")
    return os.waitstatus_to_exitcode(end[-1])


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("ahead", [0, 64])
def test_a_forked_child_is_refused_and_may_begin_its_own(engine: str, ahead: int) -> None:
    """Catches a child that waits for threads that it does not have."""
    store = MemoryStore()
    document = array_in(store, 60)
    crud.write_region(document, store, ..., np.arange(60), engine=engine)
    begun = crud.iter_chunks(document, store, ahead=ahead, engine=engine)
    fresh = crud.iter_chunks(document, store, ahead=ahead, engine=engine)
    next(begun)

    def work() -> int:
        for stream in (begun, fresh):
            try:
                next(stream)
            except crud.UnsupportedError as err:
                stream.close()
                if "forked" not in str(err):
                    return 3
            else:
                return 2
        own = crud.iter_chunks(document, store, ahead=ahead, engine=engine)
        assert sum(int(array[0]) for _, array in own) == sum(range(60))
        return 0

    assert in_child(work) == 0
    assert len(list(begun)) == 59


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_producer_that_returns_in_a_child_is_refused(engine: str) -> None:
    """Catches a child that goes on with the write of its parent."""
    store, parent = MemoryStore(), os.getpid()
    document = array_in(store, 4)

    def producer() -> Iterator[tuple[Any, Any]]:
        yield slice(0, 1), 1
        if child := os.fork():
            assert exit_code(child) == 0
        yield slice(1, 2), 2

    try:
        crud.write_chunks(document, store, producer(), engine=engine)
    except crud.UnsupportedError:
        os._exit(0 if os.getpid() != parent else 1)
    finally:
        if os.getpid() != parent:
            os._exit(1)
    assert np.asarray(crud.read_region(document, store)).tolist() == [1, 2, 0, 0]


class Gate(MemoryStore):
    """A store whose writes of chunks wait until they are let through."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()

    def set_sync(self, key: str, value: Any) -> None:
        if key.startswith("c/"):
            self.has_begun.set()
            assert self.may_go_on.wait(HANG)
        super().set_sync(key, value)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("then", ["returns", "ends", "fails"])
def test_a_child_does_not_wait_for_a_write_of_its_parent(engine: str, then: str) -> None:
    """Catches a wait for a write that was under way in another thread when the child was forked."""
    store, parent, codes = Gate(), os.getpid(), list[int]()
    document = array_in(store, 4)

    def producer() -> Iterator[tuple[Any, Any]]:
        yield slice(0, 1), 1
        assert store.has_begun.wait(HANG)
        if child := os.fork():
            codes.append(exit_code(child))
            store.may_go_on.set()
        elif then == "fails":
            raise LookupError
        if child or then == "returns":
            yield slice(1, 2), 2

    try:
        crud.write_chunks(document, store, producer(), engine=engine)
    except (crud.UnsupportedError, LookupError) as err:
        is_right = isinstance(err, LookupError) == (then == "fails")
        os._exit(0 if is_right and os.getpid() != parent else 1)
    finally:
        if os.getpid() != parent:
            os._exit(1)
    assert codes == [0]
    assert np.asarray(crud.read_region(document, store)).tolist() == [1, 2, 0, 0]


AWAITED = """
    import asyncio, os, sys
    import zarr
    from zarr import crud
    store = zarr.storage.MemoryStore()
    document = zarr.create_array(store, shape=4, chunks=1, dtype="i4").metadata
    parent = os.getpid()

    async def producer():
        yield slice(0, 1), 1
        if child := os.fork():
            while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
                await asyncio.sleep(0.01)
            print(os.waitstatus_to_exitcode(ended[1]))
        yield slice(1, 2), 2

    async def write():
        try:
            await crud.write_chunks_async(document, store, producer(), engine=sys.argv[1])
        except RuntimeError:
            # Closing the event loop here would close that of the parent.
            os._exit(0 if os.getpid() == parent else 3)

    asyncio.run(write())
    print(crud.read_region(document, store).tolist())
"""


def test_a_child_of_an_awaited_producer_ends(engine: str) -> None:
    """Catches a child that waits for the event loop and the threads of its parent."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(AWAITED), engine],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("3\n[1, 2, 0, 0]\n", "")


ENDING = """
    import sys, threading, time
    from zarr import crud
    root, engine, how = sys.argv[1:]
    document = crud.read_metadata(root)
    stream = crud.iter_chunks(document, root, by=(1, 1), ahead=1 << 10, engine=engine)
    next(stream)
    if how == "write":
        def producer():
            for number in range(64):
                yield (number, slice(None)), number
                if number == 30:
                    raise SystemExit(7)
        crud.write_chunks(document, root, producer(), engine=engine)
    if how == "cycle":
        cycle = [stream]
        cycle.append(cycle)
        del stream
    if how == "exception":
        raise SystemExit(7)
"""


@pytest.mark.parametrize("how", ["end", "exception", "cycle", "write"])
def test_the_interpreter_ends_well_while_a_stream_is_open(
    engine: str, how: str, tmp_path: Path
) -> None:
    """Catches a thread that keeps the process alive, or aborts it."""
    array_of(tmp_path, (64, 64), sharded=True)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ENDING), str(tmp_path), engine, how],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == (0 if how in ("end", "cycle") else 7)
