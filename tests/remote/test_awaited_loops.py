"""Awaited reads of several event loops, of which not all run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.patience import in_thread, join, wait_for
from tests.remote import stores
from zarr import crud

if TYPE_CHECKING:
    from tests.remote.server import Server


@pytest.mark.parametrize(("size", "count"), [(16, 600), (4 << 20, 17)])
def test_results_that_nobody_takes_keep_no_other_loop_waiting(
    server: Server, size: int, count: int
) -> None:
    """Catches turns, or room for results, that only an event loop gives back which has stopped."""
    stores.make(server, (2, size), chunks=(1, size))
    store = stores.native(server)
    document = crud.read_metadata(store)
    server.reset()
    stopped = asyncio.new_event_loop()
    tasks: list[asyncio.Task[Any]] = []

    async def begin() -> None:
        for _ in range(count):
            reading = crud.read_chunk_async(document, store, (0, 0), engine="zarrs")
            tasks.append(asyncio.create_task(reading))
        await asyncio.sleep(0)

    async def one() -> Any:
        return await crud.read_chunk_async(document, store, (1, 0), engine="zarrs")

    stopped.run_until_complete(begin())
    wait_for(lambda: len(server.gets()) >= min(count, 100), "the reads")
    found: list[Any] = []
    join(in_thread(lambda: found.append(asyncio.run(one()))))
    assert found[0].shape == (1, size)
    stopped.run_until_complete(asyncio.gather(*tasks))
    stopped.close()
