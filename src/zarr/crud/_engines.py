"""Engines as callers name them: what is none, or is not there, is refused in one sentence."""

from __future__ import annotations

from typing import Final

from zarr.core.config import config
from zarr.crud._arguments import shown
from zarr.crud._contract import CrudBackend
from zarr.crud._errors import UnknownBackendError
from zarr.crud._registry import RESERVED_NAMES, check_backend, list_backends

KEY: Final = "the configuration key array.engine (ZARR_ARRAY__ENGINE in the environment)"


def checked_engine(engine: object) -> CrudBackend:
    """Return an engine that is no name, if it is a backend.

    Raises
    ------
    TypeError
        It is none, or has no name.
    ValueError
        It is a backend under the name of a policy.
    """
    if not isinstance(engine, CrudBackend):
        raise TypeError(
            f"{_source(engine)} is {shown(engine)}; use the name of an engine, such as 'zarr', "
            "or a CrudBackend object"
        )
    check_backend(engine)
    if engine.name in RESERVED_NAMES:
        raise ValueError(f"{engine.name!r} cannot name the engine {engine!r}; choose another name")
    return engine


def check_configured_engine() -> None:
    """Refuse what the configuration names in the place of an engine; see `checked_engine`."""
    configured = config.get("array.engine", "zarr")
    if not isinstance(configured, str):
        checked_engine(configured)


def unknown_engine(name: str) -> UnknownBackendError:
    """The error for a name that no engine has."""
    statuses = list_backends()
    there = ", ".join(repr(known) for known, status in statuses.items() if status.available)
    missing = "".join(
        f"; {known!r} is not available: {status.reason}"
        for known, status in statuses.items()
        if not status.available
    )
    source = _source(name)
    return UnknownBackendError(
        f"there is no engine named {name!r}{'' if source == 'engine' else f', which is {source}'}; "
        f"there are {there}, beside 'zarr', zarr-python's own path, and 'auto', the best that "
        f"serves{missing}"
    )


def _source(engine: object) -> str:
    """Where an engine that cannot be was named, as far as that can be told."""
    return KEY if engine is config.get("array.engine", "zarr") else "engine"
