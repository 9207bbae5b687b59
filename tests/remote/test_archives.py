"""Checks of archives in object stores: what they ask of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.crud.verify.archives import hierarchy, kinds
from tests.remote import stores
from tests.remote.test_fsspec import s3 as over_fsspec
from zarr import crud

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server


def filled(server: Server, prefix: str = "bucket/data/") -> dict[str, bytes]:
    """Put an archive on the server."""
    values = {key: value.to_bytes() for key, value in hierarchy()._store_dict.items()}
    server.objects |= {f"{prefix}{key}": value for key, value in values.items()}
    return values


MAKERS: dict[str, Any] = {
    "natively": stores.native,
    "through Python": lambda server: stores.Bridged(stores.s3(server)),
    "fsspec": over_fsspec,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_each_level_asks_for_what_it_needs(server: Server, kind: str) -> None:
    """Catches a chunk that is fetched to know its size, or a shard for its index."""
    values = filled(server)
    documents = [key for key in values if key.endswith("zarr.json")]
    shards = [key for key in values if key.startswith(("shards/c", "raw_shards/c"))]
    store = MAKERS[kind](server)
    server.reset()
    assert crud.verify(store, level="list").findings == ()
    assert fetched(server) == sorted(documents)
    server.reset()
    assert crud.verify(store, level="index").findings == ()
    assert fetched(server) == sorted(documents + shards)
    assert server.sent < sum(len(values[key]) for key in documents) + 68 * len(shards) + 20_000
    server.reset()
    assert crud.verify(store, level="decode").findings == ()
    assert set(fetched(server)) == set(values)


def fetched(server: Server) -> list[str]:
    """The keys whose values were requested, in order."""
    paths = [request.path for request in server.gets() if "list-type" not in request.query]
    return sorted(path.removeprefix("bucket/data/") for path in paths)


def test_damage_and_refusals_are_findings(server: Server) -> None:
    """Catches a report that ends with the first value that the server refuses."""
    values = filled(server)
    server.objects["bucket/data/zstd/c/0/0"] = values["zstd/c/0/0"][:-2]

    def refuse(request: Request, reply: Reply) -> None:
        if request.path.endswith("zstd/c/1/1"):
            reply.status, reply.body = 403, b""

    server.hook = refuse
    report = crud.verify(stores.native(server), level="decode")
    assert {(one.kind, one.key) for one in report.findings} == {
        ("undecodable", "zstd/c/0/0"),
        ("unreadable", "zstd/c/1/1"),
    }


def test_archives_in_two_places_are_compared(server: Server) -> None:
    """Catches a copy that counts as another archive because of its store."""
    filled(server)
    there, here = stores.native(server), hierarchy()
    assert crud.compare(there, here, level="elements").differences == ()
    assert crud.compare(there, here).ok
    document = crud.read_metadata(there, path="shards")
    found = crud.layout(document, there, level="index")
    assert found.subchunks is not None
    assert found.subchunks.tolist() == [4, 2, 2, 1]


def test_leftovers_in_a_bucket_are_deleted(server: Server) -> None:
    """Catches a deletion of more than was confirmed."""
    values = filled(server)
    server.objects["bucket/data/raw/c/0/0#1"] = b"x"
    store = stores.native(server)
    report = crud.verify(store)
    assert kinds(report) == {"leftover"}
    assert crud.repair(report, store, confirm=lambda _: True) == ("raw/c/0/0#1",)
    assert server.objects.keys() == {f"bucket/data/{key}" for key in values}
