"""Stores that answer in rounds: all requests that are under way are answered together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# So many turns of the loop without another request, and no more is expected.
_TURNS = 20


class RoundStore(MemoryStore):
    """Counts requests, the rounds in which they are answered, and the most that wait together.

    The number of rounds is what the latency of a server would be multiplied with.
    """

    def __init__(self, store_dict: Any = None) -> None:
        super().__init__(store_dict)
        self.keys: list[str] = []
        self.rounds = self.most = self.waiting = 0
        self.is_silent = False
        self._round: asyncio.Future[None] | None = None

    def reset(self) -> None:
        """Begin to count anew."""
        self.keys.clear()
        self.rounds = self.most = 0

    async def _answered(self, key: str) -> None:
        self.keys.append(key)
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            if self._round is None:
                self._round = asyncio.get_running_loop().create_future()
                self._answering = asyncio.create_task(self._answer(self._round))
            await asyncio.shield(self._round)
        finally:
            self.waiting -= 1

    async def _answer(self, this: asyncio.Future[None]) -> None:
        seen, turns = -1, 0
        while turns < _TURNS or self.is_silent:
            turns = turns + 1 if seen == self.waiting else 0
            seen = self.waiting
            await asyncio.sleep(0)
        self._round = None
        self.rounds += 1
        this.set_result(None)

    async def get(self, key: str, *args: Any, **options: Any) -> Any:
        """Return a value in the next round."""
        await self._answered(key)
        return await super().get(key, *args, **options)

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List in the next round."""
        await self._answered(f"{prefix}/")
        async for name in super().list_dir(prefix):
            yield name
