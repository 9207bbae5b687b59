"""Pauses while another thread works."""

from __future__ import annotations

import asyncio

import pytest

from tests.patience import until
from zarr.crud._batched.pause import Pause
from zarr.crud._stores.threads import run_in_worker


def test_a_cancellation_ends_the_pauses() -> None:
    """Catches a cancelled call that waits for another thread forever."""
    pauses: list[None] = []

    def work() -> None:
        pause = Pause()
        while True:
            pauses.append(None)
            pause()

    async def main() -> None:
        task = asyncio.create_task(run_in_worker(work))
        await until(lambda: pauses, "the first pause")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
