"""Which chunks are stored."""

from __future__ import annotations

import asyncio
from itertools import batched
from typing import TYPE_CHECKING

from zarr.crud._stores.at_hand import most_requests
from zarr.crud._stores.threads import run_in_worker
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.storage import StorePath


async def are_stored(places: Sequence[StorePath]) -> list[bool]:
    """Return for each place whether its store has a value there; all are in one store."""
    store = places[0].store
    if type(store) is LocalStore:
        # Its own method takes a thread for each.
        root = store.root
        return await run_in_worker(lambda: [(root / place.path).is_file() for place in places])
    found: list[bool] = []
    for some in batched(places, most_requests()):
        found += await asyncio.gather(*(store.exists(place.path) for place in some))
    return found
