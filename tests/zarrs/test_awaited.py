"""Awaitables of the engine: which reads have one, and the conversion of what they read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from tests.remote import stores
from tests.remote.fixtures import server
from zarr import crud
from zarr.codecs import BytesCodec
from zarr.crud.backends import DEFAULT_OPTIONS, Box, Location
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.zarrs import _awaited
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
