"""A plugin for pytest: names of zarr that zarrs-python's suite uses, and that are gone.

Without them a third of its tests would fail before they use a codec pipeline.
"""

from __future__ import annotations

from typing import Any

from zarr import Array
from zarr.core.array import AsyncArray
from zarr.core.dtype.npy import string


def pytest_configure() -> None:
    """Add the names."""
    kinds: tuple[Any, ...] = (Array, AsyncArray)
    for kind in kinds:
        kind.create = kind._create
    module: Any = string
    module._NUMPY_SUPPORTS_VLEN_STRING = True
