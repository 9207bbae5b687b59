"""When a batch can be used: within its block, and in its own process."""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Final

from zarr.crud._batched.pause import Pause
from zarr.crud._errors import BatchError

if TYPE_CHECKING:
    from collections.abc import Iterator

BEFORE: Final = "a batch of writes is used before its `with` block; use it within one"
WITHIN: Final = "a batch of writes has one `with` block, which has begun; begin another batch"
AFTER: Final = "a batch of writes is used after its `with` block; begin another one"
ELSEWHERE: Final = (
    "a batch of writes is used in a process that was forked meanwhile; what it holds is written by "
    "the process that began it: begin another one here"
)


class Lifetime:
    """The time from the beginning of a batch to its end, and who changes something meanwhile."""

    def __init__(self) -> None:
        self.refusal: str | None = BEFORE
        """Why the batch cannot be used now."""
        self._process = os.getpid()
        self._is_dropped = False
        # The threads, by a token for each change.
        self._working: dict[object, int] = {}

    def check_open(self) -> None:
        """Refuse a batch that cannot be used here and now."""
        if self._process != os.getpid():
            raise BatchError(ELSEWHERE)
        if self.refusal is not None:
            raise BatchError(self.refusal)

    def check_not_dropped(self) -> None:
        """Refuse to write what an exception in the block has dropped."""
        if self._is_dropped:
            self.check_open()

    def begin(self) -> None:
        """Let the batch be used."""
        if self.refusal is not BEFORE:
            raise BatchError(self.refusal or WITHIN)
        self.refusal = None

    def end(self, *, is_dropped: bool) -> bool:
        """Let the batch be used no more; return `False` in a forked child, which holds nothing."""
        if self._process != os.getpid():
            return False
        self.refusal, self._is_dropped = AFTER, is_dropped
        return True

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Keep the end of the batch waiting while something is changed."""
        token = object()
        # Whoever ends the batch first refuses, and then looks who is at work.
        self._working[token] = get_ident()
        try:
            self.check_open()
            yield
        finally:
            self._working.pop(token, None)

    def await_work(self, ending: int) -> None:
        """Wait until no thread changes anything any more, besides the one that ends the batch.

        That one does nothing else. An interrupt may have hit it before it could say so.
        """
        pause = Pause()
        while any(thread != ending for thread in list(self._working.values())):
            pause()
