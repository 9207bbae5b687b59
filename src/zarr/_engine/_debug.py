"""What a report of a defect must say about engines."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from zarr._engine._names import list_engines, name_of
from zarr.core.config import config

# The distribution with the compiled extension of the engine "zarrs".
EXTENSION: Final = "zarrs-bindings"


def lists_engines(native: Callable[[], None]) -> Callable[[], None]:
    """Make `print_debug_info` list the engines, and why one cannot run here."""

    @wraps(native)
    def print_debug_info() -> None:
        native()
        print("\n**Engines:**")
        for name, (_, reason) in list_engines().items():
            print(f"{name}: {reason or 'available'}")
        print(f"{EXTENSION}: {_installed(EXTENSION)}")
        print(f"array.engine: {name_of(config.get('array.engine'))}")

    return print_debug_info


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"
