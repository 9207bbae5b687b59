"""The library's asynchronous arrays over obstore's stores, on a server of S3."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import zarr
from tests.remote.server import Reply
from tests.remote.stores import Bridged, http, make, native, s3
from tests.zarrista.support import ENGINE, refusal
from zarr import crud
from zarr.core.sync import SyncError
from zarr.crud import Options
from zarr.crud.testing import assert_same
from zarr.errors import ChunkNotFoundError
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Server


@pytest.mark.parametrize("options", [{}, {"shards": (16, 14)}, {"zarr_format": 2}])
def test_every_dialect_reads_what_is_stored(server: Server, options: Any) -> None:
    """Catches other elements, or a store that is read through Python under the engine's name."""
    data = make(server, **options)
    store = native(server)
    document = crud.read_metadata(store)
    asked: list[tuple[Any, Any, Any]] = [
        ("basic", (slice(3, 30), 5), data[3:30, 5]),
        ("basic", (slice(None, None, -3),), data[::-3]),
        ("orthogonal", ([39, 0], slice(2, 9)), data[[39, 0], 2:9]),
        ("coordinate", ([39, 0, 7], [29, 0, 3]), data[[39, 0, 7], [29, 0, 3]]),
        ("mask", data % 7 == 0, data[data % 7 == 0]),
    ]
    for kind, selection, expected in asked:
        found = crud.read_region(document, store, selection, kind=kind, engine=ENGINE)
        assert_same(found, expected)
    assert_same(
        crud.read_chunk(document, store, (0, 1), engine=ENGINE),
        crud.read_chunk(document, store, (0, 1), engine="reference"),
    )
    assert crud.explain(document, store)[ENGINE].store == "natively"


def test_boxes_of_several_chunks_are_requested_together(server: Server) -> None:
    """Catches one round trip after the other for points in many chunks."""
    data = make(server)
    store = native(server)
    document = crud.read_metadata(store)
    crud.read_region(document, store, (0, 0), engine=ENGINE)
    server.reset()
    server.latency = 0.1
    places = np.arange(0, 40, 8)
    found = crud.read_region(
        document, store, (places, places % 30), kind="coordinate", engine=ENGINE
    )
    assert_same(found, data[places, places % 30])
    assert server.most_in_flight >= 4


def test_writes_are_conditional_and_lose_nothing(server: Server) -> None:
    """Catches a write around the conditions of the store, which loses what others wrote."""
    store = native(server)
    document = zarr.create_array(store, shape=64, chunks=64, dtype="i4", overwrite=True).metadata
    reason = refusal(
        document, store, operation="write_region", options=Options(locking="conditional")
    )
    assert reason is None
    threads = [
        threading.Thread(
            target=crud.write_region,
            args=(document, native(server), position, position + 1),
            kwargs={"engine": (ENGINE, "zarrs")[position % 2]},
        )
        for position in range(64)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(
        crud.read_region(document, store, engine=ENGINE), np.arange(1, 65)
    )


def test_an_emptied_chunk_is_put_under_its_condition(server: Server) -> None:
    """Catches a deletion of what another writer stored meanwhile."""
    make(server)
    store = native(server)
    document = crud.read_metadata(store)
    crud.write_region(document, store, (slice(0, 8), slice(0, 6)), 0, engine=ENGINE)
    crud.write_region(document, store, (slice(0, 8), 6), 0, engine=ENGINE)
    assert server.objects["bucket/data/c/0/0"] == bytes(8 * 7 * 4)


def test_the_error_of_the_store_comes_out(server: Server) -> None:
    """Catches the library's text in place of obstore's own error, or fill values."""
    make(server)
    store = native(server)
    document = crud.read_metadata(store)
    crud.read_region(document, store, (0, 0), engine=ENGINE)

    def gate(request: Any) -> Reply | None:
        return Reply(403, b"<Code>AccessDenied</Code>") if "/c/" in request.path else None

    server.gate = gate
    reads: list[Callable[[], object]] = [
        lambda: crud.read_region(document, store, (0, 0), engine=ENGINE),
        lambda: crud.read_region(document, store, ([0], [0]), kind="coordinate", engine=ENGINE),
        lambda: crud.read_chunk(document, store, (0, 0), engine=ENGINE),
    ]
    for read in reads:
        with pytest.raises(obstore.exceptions.PermissionDeniedError):
            read()


def test_damage_and_missing_chunks_are_named(server: Server) -> None:
    """Catches a damaged value that is read, or one that is missing in silence."""
    data = make(server)
    store = native(server)
    document = crud.read_metadata(store)
    server.objects["bucket/data/c/1/1"] = b"damaged"
    with pytest.raises(crud.DecodeError, match="c/1/1"):
        crud.read_region(document, store, engine=ENGINE)
    del server.objects["bucket/data/c/1/1"]
    with pytest.raises(ChunkNotFoundError, match="c/1/1"):
        crud.read_region(document, store, engine=ENGINE, options=Options(missing_chunks="error"))
    data[8:16, 7:14] = 0
    assert_same(crud.read_region(document, store, engine=ENGINE), data)


def test_a_number_of_threads_is_followed(server: Server) -> None:
    """Catches codecs in the threads of the library although the caller asked for one."""
    data = make(server)
    store = native(server)
    document = crud.read_metadata(store)
    server.reset()
    found = crud.read_region(document, store, engine=ENGINE, options=Options(concurrency=1))
    assert_same(found, data)
    # The values are fetched by the store itself, each in one request.
    assert [r.method for r in server.requests] == ["GET"] * len(server.requests)


def test_only_exact_stores_are_read(server: Server) -> None:
    """Catches a subclass whose own methods are bypassed."""
    make(server)
    store = native(server)
    document = crud.read_metadata(store)
    bridged: Any = Bridged(s3(server))
    assert "Bridged is neither" in (refusal(document, bridged) or "")
    over_http = ObjectStore(http(server))
    assert refusal(document, over_http) is None
    found = crud.read_region(document, over_http, engine=ENGINE)
    assert_same(found, crud.read_region(document, store, engine="reference"))


async def test_awaited_reads_are_served_and_the_loop_is_not_blocked(server: Server) -> None:
    """Catches a call that waits on the thread of zarr's loop for what runs there."""
    data = make(server)
    store = native(server)
    document = crud.read_metadata(store)
    assert_same(await crud.read_region_async(document, store, engine=ENGINE), data)

    async def on_zarrs_loop() -> None:
        crud.read_region(document, store, (0, 0), engine=ENGINE)

    with pytest.raises(SyncError):
        zarr.core.sync.sync(on_zarrs_loop())
