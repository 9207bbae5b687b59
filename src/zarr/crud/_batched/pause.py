"""Waiting for another thread that writes what this one needs."""

from __future__ import annotations

import time
from typing import Final

from zarr.crud._stores.cancellation import check_cancelled

_SHORTEST: Final = 0.00001
_LONGEST: Final = 0.001


class Pause:
    """Pauses that become longer. A signal or a cancellation of the running call ends them."""

    def __init__(self) -> None:
        self._length = _SHORTEST

    def __call__(self) -> None:
        """Wait for a moment."""
        time.sleep(self._length)
        check_cancelled()
        self._length = min(2 * self._length, _LONGEST)
