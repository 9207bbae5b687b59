"""Checks of the engines that callers name; an invalid or missing one is refused in one sentence."""

from __future__ import annotations

import os
from ast import literal_eval
from typing import Final

from zarr.core.config import config
from zarr.crud._arguments import of_engine, shown
from zarr.crud._errors import BackendUnavailableError, UnknownBackendError
from zarr.crud.backends.contract import CrudBackend
from zarr.crud.backends.declarations import RESERVED_NAMES
from zarr.crud.backends.registry import check_backend, list_backends

KEY: Final = "the configuration key array.engine"
VARIABLE: Final = "ZARR_ARRAY__ENGINE"


def checked_engine(engine: object) -> CrudBackend:
    """Return an engine that is not a name, if it is a backend.

    Raises
    ------
    TypeError
        It is not a backend, or has no name.
    ValueError
        It is a backend with the name of a policy.
    """
    if not isinstance(engine, CrudBackend):
        raise of_engine(
            TypeError(
                f"{_source(engine) or 'engine'} is {shown(engine)}; use the name of an engine, "
                "such as 'zarr', or a CrudBackend object"
            )
        )
    check_backend(engine)
    if engine.name in RESERVED_NAMES:
        raise of_engine(
            ValueError(f"{engine.name!r} cannot name the engine {engine!r}; choose another name")
        )
    return engine


def refused_name(
    name: str, err: UnknownBackendError | BackendUnavailableError
) -> UnknownBackendError | BackendUnavailableError:
    """The error for an engine that is unknown or unavailable, with the caller's name for it."""
    source = _source(name)
    named = "" if source is None else f", which {source} names"
    if isinstance(err, BackendUnavailableError):
        return BackendUnavailableError(f"{err}{named and f' (the engine{named})'}")
    statuses = list_backends()
    # Imported here, because no other call needs it.
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), [*statuses, *sorted(RESERVED_NAMES)], n=1)
    there = ", ".join(repr(known) for known, status in statuses.items() if status.available)
    missing = "".join(
        f"; {known!r} is not available: {status.reason}"
        for known, status in statuses.items()
        if not status.available
    )
    return UnknownBackendError(
        f"there is no engine named {name!r}{named}; there are {there}, beside 'zarr', "
        f"zarr-python's own path, and 'auto', the best that serves{missing}"
        f"{f'; did you mean {near[0]!r}?' if near else ''}"
    )


def _source(engine: object) -> str | None:
    """Where an invalid engine was named; `None` means the caller, as far as can be determined."""
    configured = config.get("array.engine", "zarr")
    if engine is not configured and not (isinstance(engine, str) and engine == configured):
        return None
    return f"the environment variable {VARIABLE}" if _is_of_environment(configured) else KEY


def _is_of_environment(configured: object) -> bool:
    """Whether the environment variable has this value, parsed as the configuration parses it."""
    text = os.environ.get(VARIABLE)
    if text is None:
        return False
    try:
        value = literal_eval(text)
    except (SyntaxError, ValueError):
        value = text
    return type(value) is type(configured) and bool(value == configured)
