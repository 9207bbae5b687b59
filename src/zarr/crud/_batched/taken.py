"""Chunks that one thread has for itself, to write them or to replace them in the store."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING

from zarr.crud._batched.pause import Pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.crud._batched.held import HeldChunk


class TakenChunks:
    """Chunks that this thread has claimed; see `Taken`."""

    def __init__(self, remove: Callable[[HeldChunk], None]) -> None:
        self._remove = remove
        self.chunks: list[HeldChunk] = []

    def drop(self) -> None:
        """Forget them; see `Taken`."""
        for chunk in self.chunks:
            self._remove(chunk)

    def give_back(self) -> None:
        """Hold them again; see `Taken`."""
        for chunk in self.chunks:
            chunk.is_busy = False


def claim(chunk: HeldChunk) -> bool:
    """Keep others from changing a chunk, once no other thread does so; `False` if it is gone."""
    pause = Pause()
    while True:
        with chunk.lock:
            if chunk.is_gone:
                return False
            if not chunk.is_kept_busy():
                chunk.is_busy, chunk.writer = True, get_ident()
                return True
        pause()
