"""Calls from the thread of zarr's event loop, on stores that the extension itself waits for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr.core.sync as zarr_sync
from tests.remote import stores
from tests.remote.test_fault_matrix import GROUP, made
from tests.remote.test_fsspec import http as http_of_fsspec
from tests.remote.test_fsspec import s3 as s3_of_fsspec
from zarr import crud
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Server

LISTS: Any = ([1, 20], [2, 25])

READS: dict[str, tuple[Any, ...]] = {
    "read_chunk": ((0, 0),),
    "read_region": (),
    "read_region points": (LISTS,),
    "read_subchunk": ((0, 0),),
    "read_encoded_chunk": ((0, 0),),
    "read_metadata": (),
}
CHANGES: dict[str, tuple[Any, ...]] = {
    "write_chunk": ((0, 0), np.ones((16, 14), "i4")),
    "write_region": (np.s_[3:20, 3:9], 7),
    "write_region points": (LISTS, 5),
    "write_encoded_chunk": ((0, 0), b"x"),
    "write_metadata": (),
    "list_chunks": (),
    "list_children": (),
    "delete_chunk": ((0, 0),),
    "create": (),
    "delete_node": (),
}


def call(name: str, document: Any, store: Any, suffix: str = "") -> Any:
    """Return what a function of this name returns: a result, or a coroutine."""
    verb, _, dialect = name.partition(" ")
    function = getattr(crud, verb + suffix)
    if verb in ("read_metadata", "list_children", "delete_node"):
        return function(store, path="nodes")
    if verb in ("write_metadata", "create"):
        return function(GROUP, store, path="nodes/new" if verb == "create" else "nodes")
    options: Any = {"kind": "coordinate"} if dialect else {}
    return function(document, store, *{**READS, **CHANGES}[name], path="array", **options)


def on_zarrs_loop(work: Callable[[], Any]) -> Any:
    """Call something on the thread of zarr's loop."""

    async def run() -> Any:
        return work()

    return zarr_sync.sync(run(), timeout=60)


@pytest.mark.parametrize("name", [*READS, *CHANGES])
def test_a_call_that_would_wait_raises_before_any_request(server: Server, name: str) -> None:
    """Catches a call that keeps all other stores waiting."""
    document = dict(made(server, (16, 14)))
    store = stores.native(server)
    for known in (False, True):
        if known:
            # Now a reader is kept.
            crud.read_region(document, store, path="array")
            crud.read_chunk(document, store, (0, 0), path="array")
        server.reset()
        with pytest.raises(zarr_sync.SyncError):
            on_zarrs_loop(partial(call, name, document, store))
        assert not server.requests


@pytest.mark.parametrize("name", [*READS, *CHANGES])
def test_awaited_calls_work_there(server: Server, name: str) -> None:
    """Catches an error for a call that does not wait, or waits in a thread of its own."""
    expected = call(name, dict(made(server, (16, 14))), stores.native(server))
    document = dict(made(server, (16, 14)))
    coroutine = call(name, document, stores.native(server), "_async")
    found = zarr_sync.sync(coroutine, timeout=60)
    assert str(found) == str(expected)
    assert server.requests


@pytest.mark.parametrize(
    "make", [s3_of_fsspec, http_of_fsspec, stores.http], ids=["s3fs", "http", "obstore"]
)
def test_arrays_of_other_stores_raise_it_too(server: Server, make: Any) -> None:
    """Catches a kind of store that is waited for on the loop."""
    data = stores.make(server)
    store = make(server)
    store = ObjectStore(store) if make is stores.http else store
    array = stores.opened(store)
    assert np.array_equal(array[...], data)
    server.reset()
    for selection in (..., (3, 5), ([1, 2], [3, 4])):
        with pytest.raises(zarr_sync.SyncError):
            on_zarrs_loop(partial(array.__getitem__, selection))
    assert not server.requests
    found = zarr_sync.sync(array.async_array.getitem((slice(0, 9), 3)), timeout=60)
    assert np.array_equal(found, data[:9, 3])


def test_an_array_of_the_loop_is_written_nowhere(server: Server) -> None:
    """Catches a part of a write that is stored before the error."""
    stores.make(server)
    array = stores.writable(stores.native(server))
    before = dict(server.objects)
    with pytest.raises(zarr_sync.SyncError):
        on_zarrs_loop(lambda: array.__setitem__(..., 9))
    assert server.objects == before
