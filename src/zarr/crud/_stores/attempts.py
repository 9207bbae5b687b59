"""Repeated attempts to replace a value that other writers replace, too."""

from __future__ import annotations

from random import random
from typing import TYPE_CHECKING, Final

from zarr.crud._errors import UnsupportedError, store_name
from zarr.crud._stores.cancellation import check_cancelled, when_cancelled
from zarr.crud._stores.latch import Latch

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.crud._stores.conditional import Condition, Conflict

MOST_UNANSWERED: Final = 3
"""How many times a put is sent that the store does not answer."""

MOST_UNCHANGED: Final = 10
"""How many times a put is sent again that the store refuses although nothing has changed.

The extension has the same number in `remote/put.rs`.
"""

_SHORTEST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 1.0


class Attempts:
    """The attempts to replace one value."""

    def __init__(self, store: Store, key: str) -> None:
        self._store, self._key = store, key
        self.count = self._same = self._unanswered = 0
        self._before: Condition | None = None

    def note(self, condition: Condition | None, conflict: Conflict) -> None:
        """Note an attempt that failed; refuse to try for ever.

        Raises
        ------
        Exception
            The store does not answer, or says that a value has changed that has not.
        """
        self.count += 1
        self._same = self._same + 1 if condition == self._before else 0
        self._before = condition
        self._unanswered = self._unanswered + 1 if conflict.unanswered else 0
        if conflict.unanswered is not None and self._unanswered >= MOST_UNANSWERED:
            raise conflict.unanswered
        if self._same >= MOST_UNCHANGED:
            raise UnsupportedError(
                f"the key {self._key!r} of {store_name(self._store)} cannot be replaced: the store "
                f"says {self._same} times that it has changed, but it has not; use "
                "locking='threads'"
            ) from conflict

    def pause(self) -> None:
        """Wait before the next attempt; see `pause`."""
        pause(self.count)


def pause(attempt: int) -> None:
    """Wait a random time, longer from attempt to attempt; a cancellation or signal ends it."""
    most = min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2.0 ** min(attempt, 16))
    latch = Latch()
    with when_cancelled(latch.open):
        latch.wait(random() * most)
    check_cancelled()
