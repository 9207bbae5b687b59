"""Libraries of stores whose threads are lost in a forked child."""

from __future__ import annotations

import os
import sys
from typing import Final

LIBRARIES: Final = ("obstore", "icechunk")
"""Libraries of stores that run threads of tokio, which all have the same names."""

_TOKIO: Final = ("tokio-rt-worker", "tokio-runtime-w")
"""The beginnings of these names, of the present and of older versions."""

_running: Final[set[str]] = set()
"""Libraries that may have had threads at the last fork; whoever started these, they are lost."""

LOST: Final[set[str]] = set()
"""The same, in the child."""


def _look() -> None:
    """Note which libraries may run threads, before a fork: its child cannot tell any more."""
    loaded = [name for name in LIBRARIES if name in sys.modules]
    if loaded and _runs_tokio():
        _running.update(loaded)


def _runs_tokio() -> bool:
    """Return whether this process has a thread of tokio; only Linux tells."""
    from contextlib import suppress
    from pathlib import Path

    for name in Path("/proc/self/task").glob("*/comm"):
        # A thread may end meanwhile.
        with suppress(OSError):
            if name.read_text("utf-8", "replace").startswith(_TOKIO):
                return True
    return False


def _lose() -> None:
    LOST.update(_running)
    # Functions of `zarr.crud` do not pass here.
    forks = sys.modules.get("zarr.crud._stores.forks")
    if forks is not None:
        forks.lose(LOST)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_look, after_in_child=_lose)
