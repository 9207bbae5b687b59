"""The number of operations that each engine has served for an array."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

ATTRIBUTE: Final = "_engine_operations"
"""The attribute of an `AsyncArray` with its counts."""


class Operations:
    """The number of operations per engine; a copy of an array starts at zero."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, int] = {}

    def __reduce__(self) -> tuple[type[Operations], tuple[()]]:
        return Operations, ()

    def add(self, engine: str) -> None:
        """Add one."""
        with self._lock:
            self._counts[engine] = self._counts.get(engine, 0) + 1

    def counted(self) -> dict[str, int]:
        """Return the counts so far."""
        with self._lock:
            return dict(self._counts)


def count(array: Any, engine: str) -> None:
    """Count an operation of an `AsyncArray` for the engine that served it."""
    operations = array.__dict__.get(ATTRIBUTE)
    if operations is None:
        # Not a field: it must not affect equality, and arrays that never used an engine lack it.
        operations = array.__dict__.setdefault(ATTRIBUTE, Operations())
    operations.add(engine)
