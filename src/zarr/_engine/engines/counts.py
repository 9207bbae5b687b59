"""The number of operations that each engine has served for an array."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import repeat
from operator import length_hint
from typing import Any, Final

from zarr._engine.engines.copies import OPERATIONS

MOST: Final = sys.maxsize


class Operations:
    """The number of operations per engine; a copy of an `AsyncArray` starts at zero."""

    def __init__(self) -> None:
        # Each takes one item of an iterator, which is one step of the interpreter. A lock would
        # cost more, and a child process could inherit it locked.
        self._left: dict[str, repeat[None]] = {}

    def __reduce__(self) -> tuple[type[Operations], tuple[()]]:
        return Operations, ()

    def counter(self, engine: str) -> Callable[[], None]:
        """Return the function that adds one to an engine."""
        left = self._left.get(engine)
        if left is None:
            left = self._left.setdefault(engine, repeat(None, MOST))
        return left.__next__

    def counted(self) -> dict[str, int]:
        """Return the counts so far; an engine that served nothing has none."""
        counts = {name: MOST - length_hint(left) for name, left in list(self._left.items())}
        return {name: number for name, number in counts.items() if number}


def counter(array: Any, engine: str) -> Callable[[], None]:
    """Return the function that counts an operation of an `AsyncArray` for an engine."""
    operations = array.__dict__.get(OPERATIONS)
    if operations is None:
        # Not a field: it must not affect equality, and arrays that never used an engine lack it.
        operations = array.__dict__.setdefault(OPERATIONS, Operations())
    found: Callable[[], None] = operations.counter(engine)
    return found


def count(array: Any, engine: str) -> None:
    """Count an operation of an `AsyncArray` for the engine that served it."""
    counter(array, engine)()
