"""The engine of a call whose coroutine does not carry it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr._engine.engines.names import EngineLike


class _Hint(threading.local):
    engine: EngineLike | None = None


_hint: Final = _Hint()


def hinting[T](
    engine: EngineLike | None, function: Callable[..., T], *args: Any, **kwargs: Any
) -> T:
    """Call a function that passes one coroutine to `sync`, which asks for the engine."""
    before = _hint.engine
    _hint.engine = engine
    try:
        return function(*args, **kwargs)
    finally:
        _hint.engine = before


def take_hint() -> EngineLike | None:
    """Return the engine of the function that calls `sync`, once."""
    engine = _hint.engine
    _hint.engine = None
    return engine
