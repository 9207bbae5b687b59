"""Kept subchunks of shards in object stores: of one version, which one request confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.remote import stores
from tests.remote.server import etag_of
from zarr import zarrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.server import Server

ZSTD = {"name": "zstd", "configuration": {"level": 1}}
NEVER = float("inf")
KEY = "bucket/data/c/0/0"


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """The cache holds nothing, before and after each test."""
    zarrs.chunk_cache_clear()
    yield
    zarrs.chunk_cache_clear()


def make(server: Server, **options: Any) -> Any:
    """Create an array of two shards of 64 subchunks."""
    given = {"chunks": (8, 8), "shards": (64, 64), "compressors": [ZSTD], **options}
    return stores.make(server, (128, 64), **given)


def opened(server: Server, max_age: float = 0, gap: int = 0, **options: Any) -> Any:
    """Open the array with a cache, which fetches no unwanted bytes."""
    given: dict[str, Any] = {
        "chunk_cache": 1 << 20,
        "chunk_cache_max_age": max_age,
        "coalesce_max_gap": gap,
    }
    array = stores.writable(stores.native(server), **given, **options)
    server.reset()
    return array


def asked(server: Server) -> list[tuple[str | None, str | None, str | None]]:
    """The range and the conditions of each request."""
    headers = [(r.range, r.headers) for r in server.requests]
    return [(r, h.get("if-none-match"), h.get("if-match")) for r, h in headers]


def test_kept_subchunks_cost_one_request_without_bytes(server: Server) -> None:
    """Catches subchunks that are sent again, an index that is, and a request for each subchunk."""
    data = make(server)
    array = opened(server)
    assert np.array_equal(array[3:20, 5:30], data[3:20, 5:30])
    server.reset()
    assert np.array_equal(array[4:19, 6:29], data[4:19, 6:29])
    assert asked(server) == [("bytes=-1028", etag_of(server.objects[KEY]), None)]
    assert server.sent == 0
    hits, misses, entries, _, revalidations, _ = zarrs.chunk_cache_info()
    assert (hits, misses, entries, revalidations) == (12, 12, 12, 1)


def test_only_the_others_are_fetched(server: Server) -> None:
    """Catches a kept subchunk that is fetched because its neighbour is."""
    data = make(server)
    array = opened(server)
    assert np.array_equal(array[:8, :16], data[:8, :16])
    server.reset()
    assert np.array_equal(array[:8, :24], data[:8, :24])
    tag = etag_of(server.objects[KEY])
    assert [(unless, match) for _, unless, match in asked(server)] == [(None, tag)]
    assert zarrs.chunk_cache_info()[:3] == (2, 3, 3)


@pytest.mark.parametrize("gap", [0, 1 << 20])
def test_nothing_is_requested_within_the_age(server: Server, gap: int) -> None:
    """Catches a request that the user has said is not needed."""
    data = make(server, fill_value=-1)
    array = opened(server, NEVER, gap)
    assert np.array_equal(array[:20, :20], data[:20, :20])
    server.reset()
    assert np.array_equal(array[1:20, 2:9], data[1:20, 2:9])
    assert server.requests == []
    # A whole shard, and a write of ours.
    assert np.array_equal(array[:64], data[:64])
    server.reset()
    assert np.array_equal(array[:64], data[:64])
    assert server.requests == []
    array[0, 0] = 5
    assert array[0, 0] == 5
    assert array[1, 1] == data[1, 1]


@pytest.mark.parametrize("known", [False, True])
def test_a_replaced_shard_is_seen(server: Server, known: bool) -> None:
    """Catches kept subchunks beside those of another version, whether the index is known or not."""
    data = make(server)
    array = opened(server)
    assert np.array_equal(array[:8, :16], data[:8, :16])
    if not known:
        zarrs.cache_clear()
    old = server.objects[KEY]
    server.objects[KEY] = server.objects["bucket/data/c/1/0"]
    assert np.array_equal(array[:8, :16], data[64:72, :16])
    server.objects[KEY] = old
    assert np.array_equal(array[:8, :24], data[:8, :24])
    server.objects[KEY] = server.objects["bucket/data/c/1/0"]
    assert np.array_equal(array[:8, :32], data[64:72, :32])
    del server.objects[KEY]
    assert not array[:8, :16].any()


def test_a_shard_that_is_replaced_during_the_read_is_of_one_version(server: Server) -> None:
    """Catches kept subchunks of the old version beside fetched ones of the new one."""
    data = make(server)
    array = opened(server)
    other = server.objects["bucket/data/c/1/0"]
    assert np.array_equal(array[:8, :16], data[:8, :16])

    def change(request: Any, reply: Any) -> None:
        # After the range was asked for, and before it is answered.
        server.hook = None
        server.objects[KEY] = other
        reply.status, reply.body = 412, b"<Error><Code>PreconditionFailed</Code></Error>"

    server.hook = change
    assert np.array_equal(array[:8, :32], data[64:72, :32])
    assert np.array_equal(array[:8, :32], data[64:72, :32])


def test_absent_subchunks_are_known_from_the_index(server: Server) -> None:
    """Catches an absent subchunk that is requested each time, and one that stays absent."""
    make(server, fill_value=7)
    array = opened(server)
    array[:64] = 7
    array[0, 0] = 1
    read = [array[:8, :16] for _ in range(2)]
    assert all(found[0, 0] == 1 and (found[0, 1:] == 7).all() for found in read)
    assert zarrs.chunk_cache_info().revalidations == 1
    array[0, 15] = 2
    assert array[0, 15] == 2
    assert array[:8, :16][0, 15] == 2


def test_shards_without_tags_are_not_kept(server: Server) -> None:
    """Catches subchunks that are kept though nothing tells their version."""
    data = make(server)
    server.without_etag = True
    array = opened(server, NEVER)
    assert array[3, 3] == array[3, 3] == data[3, 3]
    assert zarrs.chunk_cache_info()[:3] == (0, 0, 0)
    array = opened(server, immutable_store=True)
    assert array[3, 3] == array[3, 3] == data[3, 3]
    assert zarrs.chunk_cache_info()[:3] == (1, 1, 1)
