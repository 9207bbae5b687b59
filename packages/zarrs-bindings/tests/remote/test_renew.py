"""New values that are empty, or equal to the old ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server


@pytest.mark.parametrize("shards", [None, (8, 7)])
def test_a_chunk_that_becomes_empty_in_part_is_replaced(server: Server, shards: Any) -> None:
    """Catches a DELETE, which cannot have a condition, and so can lose an update."""
    chunks = (8, 7) if shards is None else (4, 7)
    stores.make(server, (8, 7), chunks=chunks, shards=shards)
    array = stores.writable(stores.native(server))
    array[...] = 0
    array[2, 3] = 5
    other = server.objects["bucket/data/c/0/0"]
    array[...] = 0
    array[4, 4] = 9
    server.reset()
    array[4, 4] = 0
    assert [request.method for request in server.requests] == ["GET", "PUT"]
    assert server.requests[1].headers["if-match"]
    assert not np.any(stores.opened(stores.native(server), "zarr")[...])
    array[4, 4] = 9

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET":
            server.hook = None
            stores.put_by_another(server, "c/0/0", other)

    server.hook = hook
    array[4, 4] = 0
    found = stores.opened(stores.native(server), "zarr")[...]
    assert found[2, 3] == 5
    assert np.count_nonzero(found) == 1


@pytest.mark.parametrize("shards", [None, (16, 14)])
def test_what_does_not_change_takes_no_put(server: Server, shards: Any) -> None:
    """Catches requests that change nothing."""
    data = stores.make(server, shards=shards)
    array = stores.writable(stores.native(server))
    server.reset()
    array[3, 4] = data[3, 4]
    assert [request.method for request in server.requests] == ["GET"]
    del server.objects["bucket/data/c/0/0"]
    server.reset()
    array[3, 4] = 0
    assert [request.method for request in server.requests] == ["GET"]
    assert "bucket/data/c/0/0" not in server.objects


def test_empty_chunks_are_stored_if_told_so(server: Server) -> None:
    """Catches an option that is lost on the way."""
    stores.make(server)
    array = stores.writable(stores.native(server), write_empty_chunks=True)
    array[...] = 0
    assert len([path for path in server.objects if "/c/" in path]) == 25


@pytest.mark.parametrize("locking", ["auto", "threads"])
def test_the_error_of_an_encoder_names_the_chunk(server: Server, locking: str) -> None:
    """Catches a damaged chunk that is overwritten in part."""
    stores.make(server, compressors="auto")
    stores.put_by_another(server, "c/0/0", b"damaged")
    array = stores.writable(stores.native(server), locking=locking)
    with pytest.raises(Exception, match="c/0/0"):
        array[3, 4] = 1
    assert server.objects["bucket/data/c/0/0"] == b"damaged"
