"""A cache with a limit, for functions of one argument.

A full cache drops entries chosen at random. If it dropped the oldest, a program that uses one value
too many, in turn, would find none: each would be dropped just before it is used again.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable

_RANDOM: Final = Random()
"""Not the generator of the module `random`: a program may have seeded that one."""


class BoundedCache[K: Hashable, V]:
    """The results of a function, up to a total size.

    Threads may call it at the same time; then the function may be called twice for a key.

    Parameters
    ----------
    function : Callable[[K], V], optional
        It is called for the keys that have no entry. Its exceptions are not cached. `None` for a
        cache that is only filled by `keep` and read by `get`; a call of it raises a `KeyError` for
        a key without an entry.
    most : int
        The most entries.
    size : Callable[[K], int], optional
        As how many entries a key counts; by default as one.

    Examples
    --------
    >>> squares = BoundedCache(lambda number: number**2, most=2)
    >>> [squares(3), squares(4), squares(3), squares(5)]
    [9, 16, 9, 25]
    >>> len(squares)
    2
    """

    def __init__(
        self, function: Callable[[K], V] | None, most: int, size: Callable[[K], int] | None = None
    ) -> None:
        self._function = function
        self._size = size
        self._most = most
        self._results: dict[K, tuple[V, int]] = {}
        # At most as much as is free: what is dropped is not counted at once.
        self._free = most

    def __call__(self, key: K) -> V:
        """Return the result for a key."""
        try:
            return self._results[key][0]
        except KeyError:
            if self._function is None:
                raise
        return self.keep(key, self._function(key))

    def keep(self, key: K, value: V) -> V:
        """Keep a value for a key, and return the one that is kept: that of the first who was."""
        # Even the largest are cached, but few of them at a time.
        size = 1 if self._size is None else min(self._size(key), max(1, self._most // 4))
        self._make_room(size)
        # If another thread was first, its result is the one that all callers share.
        return self._results.setdefault(key, (value, size))[0]

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._results)

    def get(self, key: K) -> V | None:
        """Return the cached result for a key, or `None`."""
        entry = self._results.get(key)
        return None if entry is None else entry[0]

    def discard(self, key: K) -> None:
        """Drop the entry of a key, if there is one."""
        self._results.pop(key, None)

    def clear(self) -> None:
        """Drop all entries."""
        self._results.clear()

    def _make_room(self, size: int) -> None:
        if self._size is None:
            if len(self._results) < self._most:
                return
        elif self._free >= size:
            self._free -= size
            return
        # Without a lock, which a forked child could inherit while it is held.
        entries = list(self._results.items())
        total = sum(held for _, (_, held) in entries)
        if total + size > self._most:
            # To count takes long, so there is room for several then.
            most = self._most - (0 if self._size is None else self._most // 16)
            while entries and total + size > most:
                key, (_, held) = entries.pop(_RANDOM.randrange(len(entries)))
                self._results.pop(key, None)
                total -= held
        self._free = self._most - total - size


def any_of[T](candidates: Collection[T]) -> T:
    """Return one of the candidates, of which there is at least one, chosen at random."""
    return _RANDOM.choice(list(candidates))
