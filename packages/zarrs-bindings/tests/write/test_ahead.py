"""Subchunks that are encoded while the old value of their shard is on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.patience import in_thread, join
from tests.remote import stores
from tests.remote.fixtures import no_environment, server

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

__all__ = ["no_environment", "server"]

SHARDS = (16, 14)
"""Four subchunks of 8 x 7; ten shards."""


def encoded() -> int:
    return zb.counters()["chunks_encoded"]


@pytest.mark.parametrize(("sign", "early", "total"), [(-1, 4, 8), (0, 0, 4)])
def test_what_is_replaced_whole_is_encoded_before_the_old_value_arrives(
    server: Server, sign: int, early: int, total: int
) -> None:
    """Catches a round trip without work, subchunks encoded twice, and old ones that stay."""
    data = stores.make(server, shards=SHARDS)
    array = stores.writable(stores.native(server))
    # In each of two shards, two subchunks are replaced whole and two in part.
    new, start = sign * data[3:16, :28], encoded()

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET" and request.path.endswith(("c/0/0", "c/0/1")):
            reply.when = lambda: encoded() - start >= early

    server.hook = hook
    join(in_thread(lambda: array.__setitem__((slice(3, 16), slice(0, 28)), new)))
    server.hook = None
    assert encoded() - start == total
    assert len(server.gets("PUT")) == 2
    data[3:16, :28] = new
    assert np.array_equal(stores.opened(stores.native(server), "zarr")[...], data)


def test_what_another_writer_stored_meanwhile_is_kept_beside_it(server: Server) -> None:
    """Catches subchunks of the first attempt in the place of those of another writer."""
    data = stores.make(server, shards=SHARDS)
    other = stores.writable(stores.native(server), "zarr")
    original = server.objects["bucket/data/c/0/0"]
    other[0, 0] = 77
    changed = server.objects["bucket/data/c/0/0"]
    stores.put_by_another(server, "c/0/0", original)
    array = stores.writable(stores.native(server))

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET":
            server.hook = None
            stores.put_by_another(server, "c/0/0", changed)

    server.hook = hook
    array[3:16, 2:14] = -1
    data[0, 0], data[3:16, 2:14] = 77, -1
    assert np.array_equal(stores.opened(stores.native(server), "zarr")[...], data)
