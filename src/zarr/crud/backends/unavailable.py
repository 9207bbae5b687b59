"""Backends that `"auto"` would ask, and that cannot run here: said once in a process."""

from __future__ import annotations

import logging
from typing import Final

from zarr.crud.backends.declarations import preference_of
from zarr.crud.backends.registry import passed_over

_log: Final = logging.getLogger("zarr.crud")

# By name, with what said it first: of threads that come at once, one.
_said: dict[str, object] = {}


def say_unavailable() -> None:
    """Log, once for each, the backends that cannot run here and would be asked if they could.

    Not those of a negative preference: something better serves in their place.
    """
    for name, reason in passed_over().items():
        if name in _said:
            continue
        token = object()
        # What does not import is tried once.
        if _said.setdefault(name, token) is token and preference_of(name) >= 0:
            _log.warning(
                "'auto' does without the engine %r, which cannot run here: %s", name, reason
            )
