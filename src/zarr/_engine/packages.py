"""The packages `zarr.crud` and `zarr.zarrs` as attributes of `zarr`, imported at their first use.

Together they have more than a hundred modules, and many programs that import zarr use neither.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

    from zarr import _engine, crud, zarrs

    __all__ = ["_engine", "crud", "zarrs"]
else:
    # `zarr` imports all of these, and with them answers for names that it lacks.
    __all__ = ["__dir__", "__getattr__"]

PACKAGES: Final = ("crud", "zarrs")


def __getattr__(name: str) -> ModuleType:
    if name in PACKAGES:
        return import_module(f"zarr.{name}")
    raise AttributeError(f"module 'zarr' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*vars(sys.modules["zarr"]), *PACKAGES})
