"""Servers and proxies that send a range with a first byte, and not the last bytes of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.remote import stores
from tests.remote.server import Reply, etag_of
from zarr import crud
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Request, Server

NO_GAP = crud.Options(coalesce_max_gap=0)
REFUSED = b"<Error><Code>InvalidHeaderValue</Code></Error>"
makes = pytest.mark.parametrize("make", [stores.s3, stores.http])


def without_suffixes(server: Server, status: int) -> Callable[[Request], Reply | None]:
    """Return a gate that answers each request for last bytes with this status."""

    def answer(request: Request) -> Reply | None:
        value = server.objects.get(request.path)
        if request.range is None or not request.range.startswith("bytes=-") or value is None:
            return None
        if status == 200:
            return Reply(200, value, {"ETag": etag_of(value)})
        return Reply(status, REFUSED)

    return answer


def read(document: Any, store: Any, data: Any, at: int) -> None:
    """Read the first subchunk of a shard."""
    found = crud.read_subchunk(
        document, store, (2 * at, 0), engine="zarrs", options=NO_GAP, detached=True
    )
    assert np.array_equal(found, data[16 * at :][:8, :7])


def asked(server: Server) -> list[tuple[str, bool]]:
    """Return the methods of the requests and whether each had a range, and forget them."""
    found = [(request.method, request.range is not None) for request in server.requests]
    server.reset()
    return found


@makes
@pytest.mark.parametrize("status", [200, 400, 416, 501])
def test_last_bytes_are_requested_as_a_range_with_a_first_byte(
    server: Server, make: Any, status: int
) -> None:
    """Catches a read that fails, that fetches whole shards, or that asks in vain for each."""
    data = stores.make(server, (64, 14), shards=(16, 14))
    document = crud.read_metadata(stores.native(server))
    server.gate = without_suffixes(server, status)
    store = ObjectStore(make(server, retry_config={"max_retries": 0}))
    server.reset()
    read(document, store, data, 0)
    index = [("HEAD", False), ("GET", True)]
    assert asked(server) == [("GET", True), *index, ("GET", True)]
    for at in (1, 2):
        read(document, store, data, at)
        assert asked(server) == [*index, ("GET", True)]
    read(document, store, data, 2)
    assert asked(server) == [("GET", True)]


@makes
def test_an_index_that_is_cached_is_not_requested_again(server: Server, make: Any) -> None:
    """Catches a request for the index although the size came with the tag of the version that is
    known.
    """
    data = stores.make(server, (16, 14), shards=(16, 14))
    document = crud.read_metadata(stores.native(server))
    server.gate = without_suffixes(server, 416)
    store = ObjectStore(make(server))
    cached = crud.Options(coalesce_max_gap=0, chunk_cache=1 << 20)
    for count in range(3):
        server.reset()
        found = crud.read_subchunk(
            document, store, (0, 0), engine="zarrs", options=cached, detached=True
        )
        assert np.array_equal(found, data[:8, :7])
        if count:
            assert asked(server) == [("HEAD", False)]


@makes
def test_a_shard_that_is_replaced_after_its_size_was_found_is_of_one_version(
    server: Server, make: Any
) -> None:
    """Catches an index at the place where that of another version was."""
    data = stores.make(server, (16, 14), shards=(16, 14), compressors="auto")
    document = crud.read_metadata(stores.native(server))
    old = server.objects["bucket/data/c/0/0"]
    other = np.random.default_rng(0).integers(0, 1 << 30, data.shape, dtype="i4")
    crud.write_region(document, stores.native(server), ..., other)
    refuses = without_suffixes(server, 416)
    new = server.objects["bucket/data/c/0/0"]
    server.objects["bucket/data/c/0/0"] = old
    assert len(old) != len(new)

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "HEAD":
            server.objects["bucket/data/c/0/0"] = new

    server.gate, server.hook = refuses, hook
    read(document, ObjectStore(make(server)), other, 0)


@makes
def test_a_request_that_is_wrong_in_another_way_is_an_error(server: Server, make: Any) -> None:
    """Catches fill values, and an error that tells of the second request and not of the first."""
    data = stores.make(server, (16, 14), shards=(16, 14))
    document = crud.read_metadata(stores.native(server))
    server.gate = lambda request: Reply(400, REFUSED) if "/c/" in request.path else None
    with pytest.raises(Exception, match=r"'c/0/0' .* 400 Bad Request \(InvalidHeaderValue\)"):
        read(document, ObjectStore(make(server)), data, 0)
