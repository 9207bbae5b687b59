"""Stores named by URLs with options, over S3 and plain HTTP, with both engines."""

from __future__ import annotations

import asyncio
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from aiohttp import ClientError

import zarr
from tests.remote import stores
from zarr import crud
from zarr.crud._stores import urls
from zarr.crud._stores.threads import WORKERS
from zarr.crud._stores.urls import named_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.server import Reply, Request, Server

ENGINES = ["zarrs", "reference"]
S3 = "s3://bucket/data"


@pytest.fixture(autouse=True)
def none_kept() -> Iterator[None]:
    urls._stores.clear()
    yield
    urls._stores.clear()


def s3(server: Server) -> dict[str, Any]:
    """The arguments of a call over S3; equal, and not the same, at each call."""
    keys = {"key": "id", "secret": "SECRET", "client_kwargs": {"region_name": "eu-north-1"}}
    return {"store": S3, "storage_options": {"endpoint_url": server.url, **keys}}


def http(server: Server) -> dict[str, Any]:
    """The same values over plain HTTP."""
    headers = {"client_kwargs": {"headers": {"X-Token": "SECRET"}}}
    return {"store": f"{server.url}/bucket/data", "storage_options": headers}


def requests(server: Server) -> list[str]:
    """The requests since the last call, as method and path."""
    found = [f"{one.method} {one.path}" for one in server.requests]
    server.reset()
    return found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("at", [s3, http])
def test_every_read_by_a_url_is_served(server: Server, at: Any, engine: str) -> None:
    """Catches a function that drops the options, so that another server is asked."""
    data = stores.make(server)
    document = crud.read_metadata(engine=engine, **at(server))
    chosen: Any = {"metadata": document, "engine": engine}
    plain: Any = {"metadata": document}
    assert np.array_equal(crud.read_region(**chosen, **at(server)), data)
    assert np.array_equal(crud.read_chunk(index=(0, 0), **chosen, **at(server)), data[:8, :7])
    assert crud.read_encoded_chunk(index=(0, 0), **plain, **at(server)) == data[:8, :7].tobytes()
    assert crud.explain(**plain, **at(server))[engine].serves
    assert len(crud.list_chunks(**plain, **s3(server))) == 25
    assert all(
        one.headers.get("x-token") == "SECRET" or "Credential=id/" in one.headers["authorization"]
        for one in server.requests
        if "zarr.json" not in one.path or one.method == "GET"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_every_change_by_a_url_is_made(server: Server, engine: str) -> None:
    """Catches a function that changes something else than what the URL names."""
    stores.make(server)
    at, chosen = s3(server), dict[str, Any](engine=engine)
    document = crud.read_metadata(**at)
    at["store"] = "s3://bucket"
    place: Any = {"path": "g/a", **at}
    crud.create(document, **place, **chosen)
    crud.write_region(document, selection=(slice(0, 8), 0), value=7, **place, **chosen)
    crud.write_chunk(document, index=(1, 1), value=8, **place, **chosen)
    crud.write_encoded_chunk(document, index=(2, 2), data=bytes(224), **place)
    assert crud.list_chunks(document, **place) == [(0, 0), (1, 1), (2, 2)]
    crud.delete_chunk(document, index=(1, 1), **place)
    assert [key for key in sorted(server.objects) if key.startswith("bucket/g/a/c")] == [
        "bucket/g/a/c/0/0",
        "bucket/g/a/c/2/2",
    ]
    crud.write_metadata({**document, "attributes": {"a": 1}}, **place, **chosen)
    [(name, child)] = crud.list_children(path="g", **at, **chosen)
    assert (name, child["attributes"]) == ("g/a", {"a": 1})
    crud.delete_node(**place, **chosen)
    assert not any(key.startswith("bucket/g/a") for key in server.objects)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("at", [s3, http])
def test_a_repeated_read_takes_one_request(server: Server, at: Any, engine: str) -> None:
    """Catches a store that is made at each call, and looks for the node and its client again."""
    stores.make(server)
    document = crud.read_metadata(**at(server))
    server.reset()
    for _ in range(3):
        crud.read_chunk(document, index=(1, 0), engine=engine, **at(server))
    assert requests(server) == ["GET bucket/data/c/1/0"] * 3
    if engine == "zarrs":
        store = named_store(**at(server))
        # The reader of the fast path, whose look-up needs the same store object.
        assert any(kept.store() is store for kept in document._readers.values())


@pytest.mark.parametrize("at", [s3, http])
def test_a_url_is_read_natively(server: Server, at: Any) -> None:
    """Catches options that zarrs does not know although the documentation says so."""
    stores.make(server)
    document = crud.read_metadata(**at(server))
    assert crud.explain(document, **at(server))["zarrs"].store == "natively"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("at", [s3, http])
def test_a_wrong_option_is_named_before_any_request(server: Server, at: Any, engine: str) -> None:
    """Catches a misspelt option that is ignored, and an error that shows the others."""
    stores.make(server)
    document = zarr.open_array(stores.native(server)).metadata
    server.reset()
    given = at(server)
    given["storage_options"]["anonym"] = True
    with pytest.raises(TypeError, match="anonym") as raised:
        crud.read_chunk(document, index=(0, 0), engine=engine, **given)
    assert "SECRET" not in str(raised.value)
    with pytest.raises(TypeError, match="anonym"):
        crud.read_metadata(**given)
    assert server.requests == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("at", [s3, http])
def test_an_error_shows_no_option(server: Server, at: Any, engine: str) -> None:
    """Catches a secret in a message."""
    stores.make(server)
    document = crud.read_metadata(**at(server))

    def refuse(_: Request, reply: Reply) -> None:
        reply.status, reply.body = 403, b""

    server.hook = refuse
    with pytest.raises((OSError, ClientError), match=r"403|(?i:forbidden)") as raised:
        crud.read_chunk(document, index=(0, 0), engine=engine, **at(server))
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize("at", [s3, http])
async def test_many_reads_at_once_share_one_store_and_occupy_no_thread(
    server: Server, at: Any
) -> None:
    """Catches stores that threads make beside each other, and a thread that waits for each."""
    data = stores.make(server, (100, 16), chunks=(1, 16))
    document = await crud.read_metadata_async(**at(server))
    urls._stores.clear()
    server.reset()
    server.latency = 0.2
    calls = (
        crud.read_chunk_async(document, index=(n, 0), engine="zarrs", **at(server))
        for n in range(100)
    )
    assert np.array_equal(np.concatenate(await asyncio.gather(*calls)), data)
    assert server.most_in_flight > WORKERS
    assert len(urls._stores) == 1


@pytest.mark.parametrize("name", ["read_chunk", "read_region", "read_subchunk"])
async def test_awaited_reads_take_options_as_the_others(server: Server, name: str) -> None:
    """Catches a variant that drops the options, or takes them for a store object."""
    stores.make(server, (40, 28), shards=(16, 14), chunks=(8, 7))
    document = crud.read_metadata(**s3(server))
    plain, awaited = getattr(crud, name), getattr(crud, f"{name}_async")
    given: dict[str, Any] = {"metadata": document, "engine": "zarrs"}
    given |= {"selection": (3, 2)} if name == "read_region" else {"index": (1, 1)}
    assert np.array_equal(await awaited(**given, **s3(server)), plain(**given, **s3(server)))
    wrong = {**s3(server), "store": stores.native(server)}
    with pytest.raises(TypeError, match="'storage_options' was provided but unused"):
        await awaited(**given, **wrong)


def _read(arguments: dict[str, Any], document: Any, expected: Any) -> None:
    assert np.array_equal(crud.read_region(document, engine="zarrs", **arguments), expected)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("at", [s3, http])
def test_a_forked_child_reads_by_the_same_url(server: Server, at: Any) -> None:
    """Catches a child that hangs in the client or the event loop of its parent."""
    data = stores.make(server)
    document = crud.read_metadata(**at(server))
    _read(at(server), document, data)
    child = get_context("fork").Process(target=_read, args=(at(server), document, data))
    child.start()
    child.join(60)
    assert child.exitcode == 0
