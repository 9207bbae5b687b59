"""Many pieces of work at a time, in helper threads, while the caller waits."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.crud._stores.at_hand import is_at_hand, most_requests
from zarr.crud._stores.cancellation import (
    Cancellation,
    CancelledCall,
    check_cancelled,
    context_with,
    current,
    is_cancelled,
    when_aborted,
    when_cancelled,
)
from zarr.crud._stores.helpers import start
from zarr.crud._stores.key_locks import lend, names_held
from zarr.crud._stores.latch import Latch
from zarr.crud._stores.unknown import note_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextvars import Context

    from zarr.abc.store import Store


def read_each[*Ts, T](
    store: Store, read: Callable[[*Ts], T], calls: Sequence[tuple[*Ts]]
) -> list[T]:
    """Make calls that read from a store with synchronous methods; return the results in order.

    They run here, one by one, for a store at hand, and otherwise in helper threads, many at a time.
    After a failure no further call is started, and the first failure in the order of the calls is
    raised. If the caller is interrupted or cancelled, it does not wait for the running calls.
    """
    # A single call in the caller's own thread is ended by a signal.
    if is_at_hand(store) or (len(calls) == 1 and current() is None):
        return [_checked(read, *call) for call in calls]
    batch = _Batch(lambda call: read(*call), calls, most_requests(), len(calls))
    return batch.read(current())


def change_each[*Ts](
    store: Store, change: Callable[[str, *Ts], object], calls: Sequence[tuple[str, *Ts]]
) -> None:
    """Make calls that change a store with synchronous methods; the key is the first argument.

    They run as those of `read_each`. If the caller is interrupted or cancelled, no further call is
    started, and the running ones are waited for. A second interrupt ends this wait.
    """
    if is_at_hand(store):
        for call in calls:
            _checked(change, *call)
        return
    item = _item.get()
    if len(calls) == 1 and item is not None:
        # No signal arrives in a helper, and it would only wait for another one.
        with item.in_store():
            check_cancelled()
            # A store that calls these functions must complete what it has begun.
            context_with(None).run(change, *calls[0])
        return
    batch = _Batch(lambda call: change(*call), calls, most_requests(), len(calls))
    # A store that calls these functions must complete what it has begun.
    batch.change(None, lambda call: [call[0]])


def work_on_each[I](
    work: Callable[[I], None],
    items: Iterable[I],
    threads: int,
    key_of: Callable[[I], str] | None = None,
) -> None:
    """Process items in so many threads; with one, in the caller's own.

    After a failure no further item is started, and the first failure in their order is raised. If
    the caller is interrupted or cancelled, so are the running items, and they are waited for.
    `key_of` names the key that the work on an item changes, if it changes one.
    """
    if threads == 1:
        for item in items:
            _checked(work, item)
        return
    batch = _Batch(work, items, threads, threads)
    keys = (lambda item: [key_of(item)]) if key_of else (lambda _: [])
    batch.change(current() or Cancellation(), keys)


def map_each[I, T](store: Store, find: Callable[[I], T], items: Sequence[I]) -> list[T]:
    """Return what `find` finds for each item in any store; see `work_on_each`."""
    found: dict[int, T] = {}

    def work(at: int) -> None:
        found[at] = find(items[at])

    threads = 1 if is_at_hand(store) else max(1, min(len(items), most_requests()))
    work_on_each(work, range(len(items)), threads)
    return [found[at] for at in range(len(items))]


def _checked[*Ts, T](call: Callable[[*Ts], T], *arguments: *Ts) -> T:
    check_cancelled()
    return call(*arguments)


class _Item(NamedTuple):
    """An item of a batch that this thread processes."""

    batch: _Batch[Any, Any]
    at: int

    @contextmanager
    def in_store(self) -> Iterator[None]:
        """Say that the thread waits for the store, which an aborted batch does not wait for."""
        self.batch.in_store.add(self.at)
        try:
            yield
        finally:
            self.batch.in_store.discard(self.at)


_item: Final[ContextVar[_Item | None]] = ContextVar("item", default=None)

# The place of an error of the items themselves, which arises when all earlier ones are taken.
_AFTER_ALL: Final = sys.maxsize


class _Batch[I, T]:
    """Items that helper threads take one after the other, and what came of each.

    A helper first records the item that it takes, and then looks whether to stop; the caller first
    demands the stop, and then looks what is recorded. So the caller misses no running item.
    """

    def __init__(
        self, work: Callable[[I], T], items: Iterable[I], threads: int, count: int
    ) -> None:
        self._work, self._items = work, enumerate(items)
        self._threads, self._started = min(threads, count), 0
        self._lock, self._changed = Lock(), Latch()
        self._is_empty = self._stops = count == 0
        self._is_abandoned = self._is_aborted = False
        self._running: dict[int, I] = {}
        self.in_store: set[int] = set()
        self._found: dict[int, T] | None = None
        self._failures: dict[int, BaseException] = {}

    def read(self, inner: Cancellation | None) -> list[T]:
        """Return the results in order; when interrupted or cancelled, leave the running items."""
        found: dict[int, T] = {}
        self._found = found
        try:
            with when_cancelled(self._stop):
                self._begin(inner)
                while not self._is_over() and not is_cancelled():
                    self._changed.wait()
        finally:
            self._stops = True
        self._check()
        return [found[at] for at in sorted(found)]

    def change(self, inner: Cancellation | None, keys_of: Callable[[I], list[str]]) -> None:
        """Process the items; when interrupted or cancelled, complete the running ones."""
        try:
            with when_cancelled(self._stop), when_aborted(self._abandon):
                self._begin(inner)
                self._wait()
        except BaseException:
            self._stop()
            if inner is not None:
                inner.cancel()
            try:
                self._wait()
            except BaseException as second:
                keys = [key for item in list(self._running.values()) for key in keys_of(item)]
                note_unknown(second, keys)
                if inner is not None:
                    self._abort(inner, keys)
                raise
            raise
        self._check()

    def _abort(self, inner: Cancellation, keys: list[str]) -> None:
        """End the running items, and wait for that; a third interrupt ends those that go on."""
        self._is_aborted = True
        inner.abort()
        try:
            self._wait()
        except BaseException as third:
            note_unknown(third, keys)
            inner.abort()
            self._wait()
            raise

    def _begin(self, inner: Cancellation | None) -> None:
        if self._threads:
            self._start(context_with(inner), names_held())

    def _start(self, context: Context, names: dict[bytes, object]) -> None:
        self._started += 1
        start(partial(context.run, self._help, names))

    def _wait(self) -> None:
        while not self._is_over():
            if self._is_abandoned:
                raise CancelledCall
            self._changed.wait()

    def _abandon(self) -> None:
        self._is_abandoned = True
        self._stop()

    def _is_over(self) -> bool:
        if not (self._is_empty or self._stops):
            return False
        left = self.in_store if self._is_aborted else ()
        return all(at in left for at in list(self._running))

    def _stop(self) -> None:
        self._stops = True
        self._changed.open()

    def _check(self) -> None:
        check_cancelled()
        if self._failures:
            failure = self._failures[min(self._failures)]
            self._failures.clear()
            try:
                raise failure
            finally:
                # The error's traceback holds this frame.
                del failure

    def _help(self, names: dict[bytes, object]) -> None:
        # A copy: what one thread locks, another one does not hold.
        lend(dict(names))
        while not self._stops and self._do_one(names):
            pass

    def _do_one(self, names: dict[bytes, object]) -> bool:
        at = _AFTER_ALL
        try:
            with self._lock:
                taken = next(self._items, None)
                if taken is None:
                    self._is_empty = True
                    return False
                at, item = taken
                self._running[at] = item
                # One after the other: there may be fewer items than threads.
                if self._started < self._threads:
                    # A context can be entered by one thread at a time.
                    self._start(copy_context(), names)
            if not self._stops:
                _item.set(_Item(self, at))
                made = self._work(item)
                if self._found is not None:
                    self._found[at] = made
        except BaseException as err:  # noqa: BLE001
            self._failures[at] = err
            self._stops = True
        finally:
            self._running.pop(at, None)
            self._changed.open()
        return True
