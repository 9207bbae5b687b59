"""How often each engine has served an array."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

ATTRIBUTE: Final = "_engine_operations"
"""Where an `AsyncArray` keeps its counts."""


class Operations:
    """Numbers of operations by the engine that served them; a copy of an array starts anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, int] = {}

    def __reduce__(self) -> tuple[type[Operations], tuple[()]]:
        return Operations, ()

    def add(self, engine: str) -> None:
        """Count one more."""
        with self._lock:
            self._counts[engine] = self._counts.get(engine, 0) + 1

    def counted(self) -> dict[str, int]:
        """The numbers so far."""
        with self._lock:
            return dict(self._counts)


def count(array: Any, engine: str) -> None:
    """Count an operation of an `AsyncArray`, under the engine that served it."""
    operations = array.__dict__.get(ATTRIBUTE)
    if operations is None:
        # Not a field: two arrays that differ in it are equal, and one that never used an engine
        # has none.
        operations = array.__dict__.setdefault(ATTRIBUTE, Operations())
    operations.add(engine)
