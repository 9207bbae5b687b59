"""The requests alone: every key of an array, read or written through obstore, and nothing else.

It is the crate `object_store` with obstore's asyncio above it, so a little slower than the crate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import obstore

from bench.remote.stores import s3

if TYPE_CHECKING:
    from bench.remote.cells import Cell
    from bench.remote.stores import Place

NAME: Final = "obstore alone"
IN_FLIGHT: Final = 128


def alone(cell: Cell, place: Place) -> Callable[[], object] | None:
    """Return a function with the requests of a cell, if they are known without an index."""
    if not cell.whole:
        return None
    store = s3(place)
    keys = [found["path"] for page in obstore.list(store, "c/") for found in page]
    if cell.kind == "write":
        values = {key: bytes(obstore.get(store, key).bytes()) for key in keys}

        async def put(key: str) -> object:
            return await obstore.put_async(store, key, values[key], use_multipart=False)

        return lambda: asyncio.run(_all(put, keys))

    async def get(key: str) -> object:
        answer = await obstore.get_async(store, key)
        return await answer.bytes_async()

    return lambda: asyncio.run(_all(get, keys))


async def _all(work: Callable[[str], Any], keys: list[str]) -> list[object]:
    limit = asyncio.Semaphore(IN_FLIGHT)

    async def one(key: str) -> object:
        async with limit:
            return await work(key)

    return await asyncio.gather(*map(one, keys))
