"""Awaitables of the engine: which reads have one, and the conversion of what they read."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest
from obstore.store import MemoryStore

import zarr
from tests.remote import stores
from tests.remote.fixtures import server
from zarr import crud
from zarr.codecs import BytesCodec
from zarr.crud.backends import DEFAULT_OPTIONS, Box, Location
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import ObjectStore
from zarr.zarrs import _awaited, _remote, _store
from zarr.zarrs._backend import ZarrsBackend
from zarr.zarrs._dtype_conversion import converted_back

if TYPE_CHECKING:
    from tests.remote.server import Server

__all__ = ["server"]


def begun(store: Any, index: tuple[int, ...] = (0, 0)) -> Any:
    """Return the awaitable of a chunk."""
    document = crud.read_metadata(store)
    location = Location(store, "")
    options: Any = {"out": None, "options": DEFAULT_OPTIONS}
    region = Box(((0, 1, 2), (0, 1, 2)), (2, 2))
    found = ZarrsBackend().read_chunk_awaited(document, location, index, **options)
    other = ZarrsBackend().read_region_awaited(document, location, region, **options)
    assert (found is None) is (other is None)
    return found


async def test_only_what_needs_no_thread_has_an_awaitable(server: Server) -> None:
    """Catches Python code that is called on a thread of the extension."""
    data = stores.make(server)
    assert_same(await begun(stores.native(server)), data[:8, :7])
    assert begun(stores.Bridged(stores.s3(server))) is None
    store = AsyncOnlyStore()
    zarr.create_array(store, data=data, chunks=(8, 7))
    assert begun(store) is None
    stores.make(server, zarr_format=2, filters=[numcodecs.LZMA()])
    assert begun(stores.native(server)) is None
    found = await crud.read_region_async(
        crud.read_metadata(stores.native(server)), stores.native(server), engine="zarrs"
    )
    assert_same(np.asarray(found), data)


async def test_nothing_is_requested_before_it_is_awaited_and_only_once(server: Server) -> None:
    """Catches a read that begins unseen, and two reads into one result."""
    stores.make(server)
    store = stores.native(server)
    server.reset()
    read = begun(store)
    assert server.gets() == [request for request in server.gets() if "zarr.json" in request.path]
    await read
    with pytest.raises(RuntimeError, match="only once"):
        await read


STRUCT = np.dtype([("a", "<i4"), ("b", "<f4")])

LAYOUTS: dict[str, dict[str, Any]] = {
    "same": {"dtype": "f8"},
    "viewed": {"dtype": ">i4", "zarr_format": 2},
    "cast": {"dtype": STRUCT, "serializer": BytesCodec(endian="big")},
}


@pytest.mark.filterwarnings("ignore:The data type")
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("large", [False, True])
async def test_results_have_the_data_type_of_the_document(
    server: Server, layout: str, monkeypatch: pytest.MonkeyPatch, *, large: bool
) -> None:
    """Catches elements in the form of the extension, and a long conversion on the event loop."""
    monkeypatch.setattr(_awaited, "LARGE", 0 if large else 1 << 60)
    on: list[str] = []
    convert = converted_back

    def noting(*args: Any) -> Any:
        on.append(threading.current_thread().name)
        return convert(*args)

    monkeypatch.setattr(_awaited, "converted_back", noting)
    data = stores.make(server, **LAYOUTS[layout])
    store = stores.native(server)
    document = crud.read_metadata(store)
    found = await crud.read_region_async(document, store, engine="zarrs")
    assert_same(np.asarray(found), data)
    out = np.zeros(data.shape, data.dtype)
    await crud.read_region_async(document, store, engine="zarrs", out=out)
    assert_same(out, data)
    assert len(on) == (0 if layout == "same" else 2)
    in_worker = [name.startswith("zarr-crud") for name in on]
    assert all(in_worker) if layout == "cast" and large else not any(in_worker)


async def test_the_first_reads_make_one_client_in_another_thread(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an event loop that waits for botocore, and a client for each read."""
    data = stores.make(server)
    document = crud.read_metadata(stores.native(server))
    threads: list[threading.Thread] = []
    make = _remote.settings_of

    def noted(store: Any) -> Any:
        threads.append(threading.current_thread())
        return make(store)

    monkeypatch.setattr(_store, "settings_of", noted)
    store = stores.native(server)
    read = partial(crud.read_region_async, document, store, engine="zarrs", detached=True)
    first = asyncio.create_task(read())
    others = [asyncio.create_task(read()) for _ in range(50)]
    await asyncio.sleep(0)
    first.cancel()
    for found in await asyncio.gather(*others):
        assert_same(found, data)
    with pytest.raises(asyncio.CancelledError):
        await first
    (thread,) = threads
    assert thread is not threading.current_thread()
    assert not _awaited._making


async def test_the_first_read_of_a_store_behind_the_bridge_waits_in_a_thread() -> None:
    """Catches a store that turns out not to be native, and is not read at all."""
    store = ObjectStore(MemoryStore())
    data = np.arange(12, dtype=">i4").reshape(4, 3)
    array = zarr.create_array(store, data=data, chunks=(2, 2))
    assert not _store.is_made(store)
    out = np.zeros((4, 3), ">i4")
    read = partial(crud.read_region_async, array.metadata, engine="zarrs", detached=True)
    assert_same(await read(store), data)
    await read(ObjectStore(store.store), out=out)
    assert_same(out, data)
    index = (1, 1)
    found = await crud.read_chunk_async(
        array.metadata, ObjectStore(store.store), index, engine="zarrs", detached=True
    )
    assert_same(found[:, :1], data[2:, 2:])
