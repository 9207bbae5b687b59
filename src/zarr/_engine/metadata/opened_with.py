"""With which engine the running call opens nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from zarr._engine.engines.callers import called_by_zarr
from zarr._engine.engines.names import NATIVE
from zarr.core.config import config

if TYPE_CHECKING:
    from zarr._engine.engines.names import EngineLike

# A context variable: tasks and threads that the call starts inherit it, others do not.
_opened_with: Final[ContextVar[EngineLike | None]] = ContextVar("opened_with", default=None)


@contextmanager
def opened_with(engine: EngineLike | None) -> Iterator[None]:
    """Say that the nodes that are opened within get this engine; `None`: the configured one."""
    before = _opened_with.set(engine)
    try:
        yield
    finally:
        _opened_with.reset(before)


def passed_on(engine: EngineLike | None) -> EngineLike | None:
    """Return the engine of a call; if it names none and zarr itself calls, of the call around."""
    if engine is not None:
        return engine
    around = _opened_with.get()
    return around if around is not None and called_by_zarr() else None


def engine_in_play() -> EngineLike | None:
    """Return the engine of nodes that are being opened; `None` on upstream's own path."""
    engine = _opened_with.get()
    if engine is None:
        engine = config.config["array"]["engine"]
    return None if engine == NATIVE else engine
