"""The codec pipeline on stores over the network, archives, and stores that wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import until
from tests.remote.fixtures import no_environment, server
from tests.remote.stores import s3
from tests.zarrs.pipeline.arrays import NAME, VALUES, calls, opened
from tests.zarrs.pipeline.test_pipeline import SELECTIONS
from zarr.crud._stores import threads
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import ObjectStore, ZipStore
from zarr.zarrs import counters

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.server import Server

__all__ = ["no_environment", "server"]


def compare(native: Any, ours: Any) -> None:
    """All kinds of indexing, one call of the engine each."""
    before = counters()
    for select in SELECTIONS.values():
        assert_same(np.asarray(select(ours)), np.asarray(select(native)))
    assert calls(before) == {"read_region": len(SELECTIONS) - 1}


@pytest.mark.parametrize("layout", [{"chunks": (3, 2)}, {"chunks": (3, 2), "shards": (6, 4)}])
def test_an_object_store_is_read_and_written_natively(server: Server, layout: Any) -> None:
    """Catches requests that go through Python, or a thread for each read that waits."""
    store = ObjectStore(s3(server, "a.zarr"))
    native: Any = zarr.create_array(store, data=VALUES, **layout)
    ours = opened(store, strict=True)
    ours[2:5, 1] = 9
    assert_same(native[2:5, 1], np.full(3, 9, "i4"))
    workers = threads._executor
    submitted = None if workers is None else workers._work_queue.qsize()
    inner = ours._async_array

    async def work() -> Any:
        return await asyncio.gather(*(inner.getitem(slice(0, 7)) for _ in range(20)))

    expected = native[...]
    for found in asyncio.run(work()):
        assert_same(found, expected)
    assert workers is None or workers._work_queue.qsize() == submitted
    assert zarr.zarrs._store.access_of(store) == "natively"


def test_an_archive_is_read(tmp_path: Path) -> None:
    """Catches a store that zarr-python reads, and the pipeline leaves to it."""
    with ZipStore(tmp_path / "a.zip", mode="w") as store:
        zarr.create_array(store, data=VALUES, chunks=(3, 2))
    with ZipStore(tmp_path / "a.zip", mode="r") as store:
        compare(zarr.open_array(store, mode="r"), opened_read_only(store))


def opened_read_only(store: Any) -> Any:
    with zarr.config.set({"codec_pipeline.path": NAME, "codec_pipeline.strict": True}):
        return zarr.open_array(store, mode="r")


class Waiting(AsyncOnlyStore):
    """A store that does not answer requests for chunks."""

    begun = ended = 0

    async def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        if "c/" not in key:
            return await super().get(key, *args, **kwargs)
        self.begun += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1


def test_a_cancelled_read_ends_its_requests() -> None:
    """Catches a read that goes on, in a thread, after nobody waits for it."""
    plain = AsyncOnlyStore()
    zarr.create_array(plain, data=VALUES, chunks=(3, 2))
    store = Waiting(plain._store)
    inner = opened(store, strict=True)._async_array

    async def work() -> None:
        reading = asyncio.create_task(inner.getitem(...))
        await until(lambda: store.begun, "the first request")
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await until(lambda: store.ended == store.begun, "the end of all requests")

    asyncio.run(work())
