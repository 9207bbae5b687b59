"""The part of a bug report that describes engines."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from zarr._engine.engines.names import list_engines, name_of
from zarr.core.config import config

# The distribution with the compiled extension of the engine "zarrs".
EXTENSION: Final = "zarrs-bindings"


def lists_engines(native: Callable[[], None]) -> Callable[[], None]:
    """Make `print_debug_info` list the engines, and why one cannot run here."""

    @wraps(native)
    def print_debug_info() -> None:
        native()
        print("\n**Engines:**")
        for line in _engines():
            print(line)
        print(f"{EXTENSION}: {_installed(EXTENSION)}")
        print(f"array.engine: {_configured()}")

    return print_debug_info


def _engines() -> list[str]:
    # Users call this when something is wrong, so it must report errors rather than fail.
    try:
        listed = list_engines().items()
    except Exception as err:  # noqa: BLE001
        return [f"not listed: {type(err).__name__}: {err}"]
    return [f"{name}: {reason or 'available'}" for name, (_, reason) in listed]


def _configured() -> str:
    engine = config.get("array.engine", None)
    try:
        return name_of(engine)
    except Exception as err:  # noqa: BLE001
        return f"{engine!r}, which is none: {type(err).__name__}: {err}"


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"
