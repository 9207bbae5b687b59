"""Locations in the store of a batch, and the same places in the store that it writes to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zarr.crud._stores.batched_store import batch_of, without_batch
from zarr.crud._stores.holder import below, one_of
from zarr.crud._stores.location import Location
from zarr.crud._stores.writable import check_writable

if TYPE_CHECKING:
    from collections.abc import Iterator


def unbatched(location: Location) -> Location:
    """Return the place in the store that a batch writes to; any other location itself."""
    if batch_of(location.store) is None:
        return location
    return Location(without_batch(location.store), location.path)


def written(location: Location, key: str | None = None) -> Location:
    """Return the place, after a chunk that a batch holds is written; without a key, all there."""
    batch = batch_of(location.store)
    if batch is None:
        return location
    meant = below(location.path) if key is None else one_of(key)
    if batch.holds(meant):
        batch.write_out(meant)
    return unbatched(location)


@contextmanager
def replacing(location: Location, key: str | None = None) -> Iterator[Location]:
    """Yield the place, where a chunk is replaced or deleted that a batch no longer holds then.

    Without a key, all chunks at and below the location. After an error they are held as before.
    """
    batch = batch_of(location.store)
    if batch is None:
        yield location
        return
    check_writable(location.store, puts=False)
    taken = batch.take_out(below(location.path) if key is None else one_of(key))
    try:
        yield unbatched(location)
    except BaseException:
        taken.give_back()
        raise
    taken.drop()
