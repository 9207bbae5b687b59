"""Kept chunks of object stores: one conditional request, or none for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import zarr
from tests.patience import in_thread, join, wait_for
from tests.remote import stores
from tests.remote.server import Reply, etag_of
from zarr import crud, zarrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.server import Server

ZSTD: Any = {"name": "zstd", "configuration": {"level": 1}}
NEVER = float("inf")
REFUSAL = Reply(403, b"<Error><Code>AccessDenied</Code></Error>")


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """The cache holds nothing, before and after each test."""
    zarrs.chunk_cache_clear()
    yield
    zarrs.chunk_cache_clear()


def make(server: Server, **options: Any) -> Any:
    return stores.make(server, compressors=[ZSTD], **options)


def opened(server: Server, max_age: float = 0, **options: Any) -> Any:
    """Open the array with a cache, in a new store with equal settings."""
    given = {"chunk_cache": 1 << 20, "chunk_cache_max_age": max_age, **options}
    array = stores.writable(stores.native(server), **given)
    server.reset()
    return array


def statuses(server: Server) -> list[tuple[str, str | None]]:
    """The conditions of the requests."""
    return [
        (r.path.removeprefix("bucket/data/"), r.headers.get("if-none-match"))
        for r in server.requests
    ]


def replace(server: Server, key: str, other: str) -> None:
    stores.put_by_another(server, key, server.objects[f"bucket/data/{other}"])


def test_a_hit_costs_one_conditional_request(server: Server) -> None:
    """Catches a kept chunk that is sent again, or is not asked for, and an old one."""
    data = make(server)
    array = opened(server)
    assert array[0, 0] == data[0, 0]
    server.reset()
    assert array[7, 6] == data[7, 6]
    tag = etag_of(server.objects["bucket/data/c/0/0"])
    assert statuses(server) == [("c/0/0", tag)]
    assert server.sent == 0
    assert zarrs.chunk_cache_info()[:5] == (1, 1, 1, 8 * 7 * 4 + 512, 1)
    replace(server, "c/0/0", "c/1/1")
    assert array[0, 0] == data[8, 7]
    assert array[0, 1] == data[8, 8]
    del server.objects["bucket/data/c/0/0"]
    assert array[0, 0] == 0


def test_nothing_is_requested_within_the_age(server: Server) -> None:
    """Catches a request that the user has said is not needed, and an age that never ends."""
    data = make(server)
    array = opened(server, NEVER)
    assert np.array_equal(array[...], data)
    server.reset()
    assert np.array_equal(array[...], data)
    assert np.array_equal(opened(server, NEVER)[3:30, 2], data[3:30, 2])
    assert [r.path for r in server.requests if "/c/" in r.path] == []
    replace(server, "c/0/0", "c/1/1")
    assert array[0, 0] == data[0, 0]
    # Another call that asks each time is not held to it, and what it finds is for all.
    assert opened(server)[0, 0] == data[8, 7]
    assert array[0, 0] == data[8, 7]


@pytest.mark.parametrize(
    "how", ["region", "chunk", "regions", "encoded", "delete", "reference", "create"]
)
def test_our_own_writes_are_seen_within_the_age(server: Server, how: str) -> None:
    """Catches a kept chunk that outlives a write of its own process."""
    data = make(server)
    array = opened(server, NEVER)
    document, store = array.metadata, array.store
    assert np.array_equal(array[...], data)
    value = np.full((8, 7), 5, "i4")
    if how == "region":
        array[0, :3] = 5
    elif how == "regions":
        crud.write_regions([(document, store, (0, 0))], [5], engine="zarrs")
    elif how == "chunk":
        crud.write_chunk(document, store, (0, 0), value, engine="zarrs")
    elif how == "encoded":
        found = crud.read_encoded_chunk(document, store, (1, 1))
        assert found is not None
        crud.write_encoded_chunk(document, store, (0, 0), found)
    elif how == "delete":
        crud.delete_chunk(document, store, (0, 0))
    elif how == "reference":
        crud.write_region(document, store, (0, 0), 5, engine="reference")
    else:
        crud.create(document, store, overwrite=True)
    expected = {"encoded": data[8, 7], "delete": 0, "create": 0}.get(how, 5)
    assert array[0, 0] == expected


def test_raw_chunks_that_were_fetched_whole_are_kept(server: Server) -> None:
    """Catches a raw chunk that is fetched again, and a part of one that is kept as a whole."""
    data = stores.make(server, (400, 300), chunks=(200, 300))
    array = opened(server, NEVER)
    assert array[0, 0] == data[0, 0]
    assert zarrs.chunk_cache_info().entries == 0
    assert np.array_equal(array[:200], data[:200])
    server.reset()
    assert array[5, 5] == data[5, 5]
    assert server.requests == []


def test_values_without_tags_are_kept_only_if_they_never_change(server: Server) -> None:
    """Catches a chunk that is kept though nothing tells its version."""
    data = make(server)
    server.without_etag = True
    array = opened(server, NEVER)
    assert [int(array[0, 0]) for _ in range(2)] == [data[0, 0]] * 2
    assert zarrs.chunk_cache_info()[:3] == (0, 0, 0)
    array = opened(server, immutable_store=True)
    assert [int(array[0, 0]) for _ in range(3)] == [data[0, 0]] * 3
    assert zarrs.chunk_cache_info()[:3] == (2, 1, 1)
    array[0, 0] = 9
    assert array[0, 0] == 9


def test_two_tenants_share_nothing(server: Server) -> None:
    """Catches a chunk that a store finds although only another one may read it."""
    data = make(server)
    options: Any = {"skip_signature": False, "secret_access_key": "secret"}
    tenants = []
    for name in ("one", "two"):
        store = stores.native(server, access_key_id=name, **options)
        given: dict[str, Any] = {"chunk_cache": 1 << 20, "chunk_cache_max_age": NEVER}
        tenants.append(stores.writable(store, **given))
    assert tenants[0][0, 0] == data[0, 0]
    server.reset()
    server.gate = lambda request: REFUSAL if "two" in str(request.headers) else None
    assert tenants[0][0, 0] == data[0, 0]
    with pytest.raises(obstore.exceptions.PermissionDeniedError):
        tenants[1][0, 0]
    assert len(server.requests) == 1


def test_two_buckets_share_nothing(server: Server) -> None:
    """Catches chunks with equal keys of two stores that are taken for one."""
    data = make(server)
    other = stores.native(server, "other")
    zarr.create_array(other, data=data + 100, chunks=(8, 7), compressors=[ZSTD])
    given: dict[str, Any] = {"chunk_cache": 1 << 20, "chunk_cache_max_age": NEVER}
    arrays = [opened(server, NEVER), stores.writable(other, **given)]
    assert [int(a[0, 0]) for a in (*arrays, *arrays)] == [data[0, 0], data[0, 0] + 100] * 2


@pytest.mark.parametrize("is_large", [False, True])
def test_an_http_server_and_large_values(server: Server, is_large: bool) -> None:
    """Catches a condition that plain HTTP, or a value in parts, does not get."""
    shape = (9 << 20,) if is_large else (100,)
    data = make(server, shape=shape, chunks=shape)
    store = zarr.storage.ObjectStore(stores.http(server), read_only=True)
    options = crud.Options(chunk_cache=1 << 30)
    array = stores.opened(store).with_config({"engine_options": options})
    assert array[5] == data[5]
    server.reset()
    assert array[7] == data[7]
    assert [r.headers.get("if-none-match") is not None for r in server.requests] == [True]
    assert server.sent == 0


def test_reads_that_are_awaited_use_the_cache(server: Server) -> None:
    """Catches an asynchronous read that fetches what is kept."""
    data = make(server)
    array = opened(server, NEVER)

    async def read() -> Any:
        return await crud.read_region_async(
            array.metadata,
            array.store,
            (slice(0, 9), 3),
            engine="zarrs",
            options=crud.Options(chunk_cache=1 << 20, chunk_cache_max_age=NEVER),
        )

    assert np.array_equal(asyncio.run(read()), data[:9, 3])
    server.reset()
    assert np.array_equal(asyncio.run(read()), data[:9, 3])
    assert np.array_equal(array[:9, 3], data[:9, 3])
    requests = [(array.metadata, array.store, (3, 3)), (array.metadata, array.store, (8, 3))]
    options = crud.Options(chunk_cache=1 << 20, chunk_cache_max_age=NEVER)
    assert crud.read_regions(requests, engine="zarrs", options=options) == [data[3, 3], data[8, 3]]
    assert server.requests == []


def test_a_change_during_a_read_is_not_kept_as_new(server: Server) -> None:
    """Catches an answer from before a write of ours that is used as if it came after it."""
    data = make(server)
    array = opened(server, NEVER)
    changed: list[bool] = []

    def change(request: Any, reply: Any) -> None:
        if request.method == "GET" and request.path.endswith("c/0/0") and not changed:
            changed.append(True)
            # The answer is under way, with the old value.
            reply.when = lambda: len(changed) == 2

    server.hook = change

    found = []
    reader = in_thread(lambda: found.append(array[0, 0]))
    wait_for(lambda: changed, "a request")
    server.hook = None
    other = crud.read_encoded_chunk(array.metadata, array.store, (1, 1))
    assert other is not None
    crud.write_encoded_chunk(array.metadata, array.store, (0, 0), other)
    changed.append(True)
    join(reader)
    assert found == [data[0, 0]]
    assert array[0, 0] == data[8, 7]
