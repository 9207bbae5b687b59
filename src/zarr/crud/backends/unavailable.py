"""Backends that `"auto"` would use but that cannot run here, logged once per process."""

from __future__ import annotations

import logging
from typing import Final

from zarr.crud.backends.declarations import preference_of
from zarr.crud.backends.registry import passed_over

_log: Final = logging.getLogger("zarr.crud")

# By name, with a token of the thread that logs it: only one of several threads does.
_said: dict[str, object] = {}


def say_unavailable() -> None:
    """Log each backend once that cannot run here and that `"auto"` would otherwise ask.

    Backends of negative preference are omitted: a better engine serves instead.
    """
    for name, reason in passed_over().items():
        if name in _said:
            continue
        token = object()
        # `preference_of` imports the class; after the token is set, a failing import is not
        # repeated.
        if _said.setdefault(name, token) is token and preference_of(name) >= 0:
            _log.warning(
                "'auto' runs without the engine %r, which cannot run here: %s", name, reason
            )
