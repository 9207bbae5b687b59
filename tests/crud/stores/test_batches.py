"""Many requests to a store with synchronous methods at a time."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.patience import HANG, wait_for
from zarr.crud._stores import key_locks
from zarr.crud._stores.batches import change_each, map_each, read_each, work_on_each
from zarr.crud._stores.cancellation import Cancellation, CancelledCall, context_with, current
from zarr.crud.testing import CountingStore
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

SLOW = CountingStore()
HERE = MemoryStore()
USER: ContextVar[str] = ContextVar("user", default="nobody")

KEYS = [(str(number),) for number in range(40)]

EACH: dict[str, Callable[..., Any]] = {
    "read_each": lambda work: read_each(SLOW, work, KEYS),
    "change_each": lambda work: change_each(SLOW, work, KEYS),
    "work_on_each": lambda work: work_on_each(lambda call: work(*call), iter(KEYS), 10),
    "map_each": lambda work: map_each(SLOW, lambda call: work(*call), KEYS),
}


@pytest.mark.parametrize("each", EACH.values(), ids=EACH)
def test_as_many_run_at_a_time_as_the_setting_says(each: Callable[..., Any]) -> None:
    """Catches requests one after the other, and more of them than allowed."""
    met, lock = threading.Barrier(10), threading.Lock()
    running, most = 0, 0

    def work(_: str) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        met.wait(HANG)
        with lock:
            running -= 1

    with zarr.config.set({"async.concurrency": 10}):
        each(work)
    assert most == 10


def test_results_are_in_order_and_none_is_a_result() -> None:
    """Catches results in the order of the threads, and absent values that are dropped."""

    def read(key: str) -> str | None:
        return key if int(key) % 3 else None

    wanted = [read(*call) for call in KEYS]
    assert read_each(SLOW, read, KEYS) == wanted
    assert read_each(HERE, read, KEYS) == wanted
    assert map_each(SLOW, lambda call: read(*call), KEYS) == wanted
    assert read_each(SLOW, read, []) == []
    change_each(SLOW, read, [])
    work_on_each(lambda call: None, [], 5)


@pytest.mark.parametrize("each", EACH.values(), ids=EACH)
def test_the_first_failure_is_raised_and_no_more_is_begun(each: Callable[..., Any]) -> None:
    """Catches another error in each run, and requests after a failure."""
    later, begun = threading.Event(), []
    failures = {"3": OSError("three"), "5": OSError("five")}

    def work(key: str) -> None:
        begun.append(key)
        if key == "3":
            assert later.wait(HANG)
        if key in failures:
            later.set()
            raise failures[key]

    with (
        zarr.config.set({"async.concurrency": 10}),
        pytest.raises(OSError, match="three") as caught,
    ):
        each(work)
    assert caught.value is failures["3"]
    assert len(begun) < len(KEYS)


def test_a_store_at_hand_is_asked_on_the_callers_thread() -> None:
    """Catches threads that only cost."""
    threads: set[int] = set()

    def note(_: str) -> None:
        threads.add(threading.get_ident())

    read_each(HERE, note, KEYS)
    change_each(HERE, note, KEYS)
    map_each(HERE, lambda call: note(*call), KEYS)
    work_on_each(lambda call: note(*call), KEYS, 1)
    read_each(SLOW, note, KEYS[:1])
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("each", EACH.values(), ids=EACH)
def test_requests_have_the_context_of_the_caller(each: Callable[..., Any]) -> None:
    """Catches a store that sees other settings than its caller."""
    seen = set()
    token = USER.set("somebody")
    each(lambda _: seen.add(USER.get()))
    USER.reset(token)
    assert seen == {"somebody"}


@pytest.mark.parametrize("waits", [False, True])
def test_a_cancelled_read_leaves_what_runs_and_a_change_completes_it(waits: bool) -> None:
    """Catches a read that waits for a silent store, and a change that goes on unseen."""
    cancellation, go_on = Cancellation(), threading.Event()
    begun: list[str] = []
    ended: list[str] = []
    outcome: list[BaseException] = []
    most = zarr.config.get("async.concurrency")

    def work(key: str) -> None:
        begun.append(key)
        assert go_on.wait(HANG)
        ended.append(key)

    def run() -> None:
        try:
            EACH["change_each" if waits else "read_each"](work)
        except BaseException as err:  # noqa: BLE001
            outcome.append(err)

    thread = threading.Thread(target=context_with(cancellation).run, args=(run,), daemon=True)
    thread.start()
    wait_for(lambda: len(begun) == most, "the requests")
    cancellation.cancel()
    thread.join(0.05 if waits else HANG)
    assert thread.is_alive() == waits
    go_on.set()
    thread.join(HANG)
    wait_for(lambda: len(ended) == most, "the requests")
    assert [type(error) for error in outcome] == [CancelledCall]
    assert len(begun) == most


def test_a_store_that_calls_these_functions_is_not_cancelled_in_a_change() -> None:
    """Catches a request under way that a cancellation ends halfway."""
    seen: list[object] = []
    context_with(Cancellation()).run(change_each, SLOW, lambda _: seen.append(current()), KEYS)
    assert set(seen) == {None}


def test_a_helper_counts_as_the_holder_of_its_callers_keys() -> None:
    """Catches a store that writes the key that it is asked to write, and waits forever."""

    def write(key: str) -> None:
        with key_locks.hold(SLOW, key):
            pass

    with key_locks.hold(SLOW, "1"), pytest.raises(RuntimeError, match="would wait for itself"):
        change_each(SLOW, write, [("1",)])
    change_each(SLOW, write, [("1",)])


def test_an_error_of_the_items_is_raised() -> None:
    """Catches chunks that are silently left out because their enumeration failed."""

    def items() -> Any:
        yield "1"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        work_on_each(lambda _: None, items(), 3)
