"""The cancellation of a call that runs in a worker thread, for everything that the call does.

It is the current one in the thread of the call, and in the threads that the call starts. Whatever
does many things looks at it between them, and whatever waits registers how to end the wait.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Context


class CancelledCall(BaseException):
    """Ends a cancelled call in its thread; the caller gets an `asyncio.CancelledError`.

    Like that one it is not an `Exception`: a codec or store that handles errors must not handle it.
    """

    def __init__(self) -> None:
        super().__init__("the call was cancelled")


class Cancellation:
    """Whether a call is cancelled, and what to do when it is."""

    def __init__(self) -> None:
        self.is_cancelled = False
        self._acts: dict[object, Callable[[], None]] = {}
        self._is_aborted = False
        self._abort_acts: dict[object, Callable[[], None]] = {}

    def cancel(self) -> None:
        """Cancel the call; may be repeated, from any thread."""
        self.is_cancelled = True
        for act in list(self._acts.values()):
            act()

    def abort(self) -> None:
        """Cancel the call, and end the changes under way; again, end the waits for them."""
        self._is_aborted = True
        self.cancel()
        for act in list(self._abort_acts.values()):
            act()

    @contextmanager
    def calling_on_abort(self, act: Callable[[], None]) -> Iterator[None]:
        """Call `act`, which may happen more than once, if the call is or becomes aborted."""
        token = object()
        self._abort_acts[token] = act
        try:
            if self._is_aborted:
                act()
            yield
        finally:
            self._abort_acts.pop(token, None)

    @contextmanager
    def calling(self, act: Callable[[], None]) -> Iterator[None]:
        """Call `act`, which may happen more than once, if the call is or becomes cancelled."""
        token = object()
        self._acts[token] = act
        try:
            if self.is_cancelled:
                act()
            yield
        finally:
            self._acts.pop(token, None)


_current: Final[ContextVar[Cancellation | None]] = ContextVar("cancellation", default=None)


def current() -> Cancellation | None:
    """Return the cancellation of the running call; `None` if it cannot be cancelled."""
    return _current.get()


def is_cancelled() -> bool:
    """Return whether the running call was cancelled."""
    cancellation = _current.get()
    return cancellation is not None and cancellation.is_cancelled


def check_cancelled() -> None:
    """End the running call here if it was cancelled.

    Raises
    ------
    CancelledCall
        It was. Let it pass: the caller waits for the end of the call.
    """
    cancellation = _current.get()
    if cancellation is not None and cancellation.is_cancelled:
        raise CancelledCall


@contextmanager
def when_cancelled(act: Callable[[], None]) -> Iterator[None]:
    """Call `act`, which may happen more than once, if the running call is or becomes cancelled."""
    cancellation = _current.get()
    if cancellation is None:
        yield
    else:
        with cancellation.calling(act):
            yield


@contextmanager
def when_aborted(act: Callable[[], None]) -> Iterator[None]:
    """Call `act`, which may happen more than once, if the running call is or becomes aborted."""
    cancellation = _current.get()
    if cancellation is None:
        yield
    else:
        with cancellation.calling_on_abort(act):
            yield


def context_with(cancellation: Cancellation | None) -> Context:
    """Return a copy of the context in which `cancellation` is the current one."""
    context = copy_context()
    context.run(_current.set, cancellation)
    return context
