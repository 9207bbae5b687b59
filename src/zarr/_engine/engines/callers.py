"""Who calls a function of zarr's interface: zarr itself, or somebody else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def is_zarrs(frame: FrameType) -> bool:
    """Return whether the code is of zarr: others may name their functions as they like."""
    return _module_of(frame).startswith("zarr.")


def called_by_zarr() -> bool:
    """Return whether zarr itself calls the function of its interface that asks.

    A store may call zarr within its methods. What the call around was given is not meant for such
    a call, though it has the same context. A task of asyncio counts as zarr's.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _module_of(frame).startswith("zarr._engine."):
        frame = frame.f_back
    return frame is None or is_zarrs(frame) or _module_of(frame).startswith("asyncio.")


def _module_of(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name
