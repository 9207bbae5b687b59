"""An event loop of one call, in the calling thread."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from tests.interrupts import is_interrupted
from zarr._engine.inline.loop import InlineLoop
from zarr.core.buffer import default_buffer_prototype
from zarr.core.config import config
from zarr.storage import LocalStore, _local

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

PROTOTYPE = default_buffer_prototype()


def run(coroutine: Any) -> Any:
    """Run it on a loop of its own."""
    return InlineLoop().run(coroutine)


def threads() -> set[int]:
    """The threads of this process."""
    return {thread.ident or 0 for thread in threading.enumerate()}


def test_files_are_accessed_by_the_calling_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a thread for each file, and a function that finds a loop as it would not in one."""
    (tmp_path / "a").write_bytes(b"x")
    seen: set[int] = set()
    loops: list[Any] = []

    def exists(path: Path) -> bool:
        loops.append(asyncio.events._get_running_loop())
        return path.is_file()

    exists.__module__ = _local.__name__

    async def read() -> tuple[Any, ...]:
        store = LocalStore(tmp_path)
        found = await asyncio.gather(*(store.exists(key) for key in ("a", "b")))
        seen.update(threads())
        return tuple(found)

    monkeypatch.setattr(_local, "_exists", exists)
    before = threads()
    assert run(read()) == (True, False)
    assert loops == [None, None]
    assert seen == before == threads()


def test_what_else_is_blocking_has_a_thread() -> None:
    """Catches a codec that is run while others could be."""

    async def both() -> list[int]:
        met = threading.Barrier(2)
        await asyncio.gather(asyncio.to_thread(met.wait), asyncio.to_thread(met.wait))
        return await asyncio.gather(*(asyncio.to_thread(threading.get_ident) for _ in range(2)))

    assert threading.get_ident() not in run(both())


def test_threads_are_as_many_as_configured() -> None:
    """Catches a loop that ignores the most threads that a user wants."""

    async def most() -> int:
        names = [asyncio.to_thread(lambda: threading.current_thread().name) for _ in range(8)]
        return len(set(await asyncio.gather(*names)))

    with config.set({"threading.max_workers": 1}):
        assert run(most()) == 1


def test_what_waits_is_served() -> None:
    """Catches a loop without timers, locks, semaphores or wakes from other threads."""

    async def waits() -> list[Any]:
        found: list[Any] = [await asyncio.sleep(0.001, "slept")]
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        threading.Timer(0.001, lambda: loop.call_soon_threadsafe(woken.set_result, "woken")).start()
        found.append(await woken)
        semaphore = asyncio.Semaphore(1)

        async def one(name: str) -> str:
            async with semaphore:
                await asyncio.sleep(0)
                return name

        found += await asyncio.gather(one("a"), one("b"))
        found += [await each for each in asyncio.as_completed([one("c")])]
        async with asyncio.timeout(100), asyncio.TaskGroup() as group:
            task = group.create_task(one("d"))
        return [*found, task.result()]

    assert run(waits()) == ["slept", "woken", "a", "b", "c", "d"]


def test_a_timeout_ends_what_waits() -> None:
    """Catches a loop that never cancels."""

    async def waits() -> None:
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run(waits())


def test_tasks_begin_in_order_and_at_once() -> None:
    """Catches an order of calls that differs from the one of zarr's loop for quick stores."""
    seen: list[str] = []

    async def one(name: str) -> None:
        seen.append(f"{name} begins")
        seen.append(f"{name} ends")

    async def all_of_them() -> None:
        await asyncio.gather(one("a"), one("b"))
        seen.append("after")

    run(all_of_them())
    assert seen == ["a begins", "a ends", "b begins", "b ends", "after"]
    inline, seen = seen, []
    asyncio.run(all_of_them())
    assert seen == inline


def test_an_error_is_raised_as_the_same_object_and_leaves_no_cycle() -> None:
    """Catches an exception that is wrapped, or keeps what a call used until it is collected."""

    class Held:
        pass

    async def fails(error: Exception, _held: Held) -> None:
        raise error

    error, held = LookupError("no"), Held()
    gone = weakref.ref(held)
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(LookupError) as raised:
            run(fails(error, held))
        assert raised.value is error
        del held, raised
        error.__traceback__ = None
        assert gone() is None
    finally:
        gc.enable()


def test_a_missing_file_leaves_no_cycle(tmp_path: Path) -> None:
    """Catches frames that are kept by the error of a file that is not there."""

    async def misses() -> list[Any]:
        store = LocalStore(tmp_path)
        return await asyncio.gather(*(store.get(key, PROTOTYPE) for key in "ab"))

    run(misses())
    gc.collect()
    gc.disable()
    try:
        assert run(misses()) == [None, None]
        assert [o for o in gc.get_objects() if isinstance(o, InlineLoop)] == []
    finally:
        gc.enable()


def test_what_a_task_leaves_is_cancelled_and_ended() -> None:
    """Catches a task that is left pending, which asyncio reports when it is collected."""
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("task")

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            ended.append("generator")

    async def leaves() -> int:
        tasks.append(asyncio.create_task(forever()))
        await asyncio.sleep(0)
        async for number in numbers():
            return number
        return 0

    tasks: list[asyncio.Task[None]] = []
    assert run(leaves()) == 1
    assert sorted(ended) == ["generator", "task"]
    assert tasks[0].cancelled()


@pytest.mark.parametrize("waits", [True, False])
def test_an_interrupt_is_raised_and_nothing_is_left(waits: bool) -> None:
    """Catches an interrupt that is lost, or leaves tasks that nobody ends."""
    tasks: list[asyncio.Task[None]] = []
    begun = threading.Event()

    async def one() -> None:
        begun.set()
        if waits:
            await asyncio.Event().wait()
        while not waits:
            time.sleep(0.001)

    async def several() -> None:
        waiting = asyncio.create_task(asyncio.Event().wait())
        tasks.append(waiting)  # type: ignore[arg-type]  # its result does not matter
        await asyncio.gather(one(), one())

    assert is_interrupted(begun.is_set, lambda: run(several()))
    assert all(task.done() for task in tasks)
    assert asyncio.events._get_running_loop() is None
    assert run(asyncio.sleep(0, "works")) == "works"


def test_a_running_loop_is_suspended_and_goes_on() -> None:
    """Catches a call in a notebook that fails, or that takes the place of the loop and its task."""

    async def inner() -> Any:
        await asyncio.sleep(0)
        return asyncio.get_running_loop(), asyncio.current_task()

    async def outer() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        inner_loop, inner_task = run(inner())
        assert inner_loop is not loop
        assert inner_task is not task
        with pytest.raises(LookupError):
            run(fails())
        assert asyncio.get_running_loop() is loop
        assert asyncio.current_task() is task
        assert sum(await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))) == 3

    async def fails() -> None:
        raise LookupError

    asyncio.run(outer())
    # On a loop of its own, too, and without a task.
    loop = asyncio.new_event_loop()
    loop.call_soon(lambda: (run(inner()), loop.stop()))
    loop.run_forever()
    loop.close()
    run(outer())


def test_variables_of_the_context_are_not_changed() -> None:
    """Catches a coroutine that runs in the caller's context instead of a copy."""
    variable = contextvars.ContextVar("variable", default=0)

    async def changes() -> int:
        seen = variable.get()
        variable.set(2)
        return seen

    variable.set(1)
    assert run(changes()) == 1
    assert variable.get() == 1


def test_threads_have_loops_of_their_own() -> None:
    """Catches loops that share something, and disturb each other."""
    results: list[int] = []

    async def one(number: int) -> int:
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(20)))
        return await asyncio.to_thread(lambda: number)

    workers = [
        threading.Thread(target=lambda number=number: results.append(run(one(number))))
        for number in range(32)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(results) == list(range(32))


def test_a_file_that_exists_is_not_written_beside(tmp_path: Path) -> None:
    """Catches a temporary file for each group above a new node, and one that is overwritten."""
    buffer = PROTOTYPE.buffer
    store = LocalStore(tmp_path)

    async def sets(value: bytes) -> None:
        await store.set_if_not_exists("a/zarr.json", buffer.from_bytes(value))

    run(sets(b"first"))
    before = (tmp_path / "a").stat().st_mtime_ns
    run(sets(b"second"))
    assert (tmp_path / "a/zarr.json").read_bytes() == b"first"
    assert (tmp_path / "a").stat().st_mtime_ns == before
    (tmp_path / "a/zarr.json").unlink()
    (tmp_path / "a/zarr.json").symlink_to("nowhere")
    run(sets(b"third"))
    assert (tmp_path / "a/zarr.json").is_symlink()
