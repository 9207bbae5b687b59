"""The page on stores over the network: its code runs, and its table of requests is right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import zarr
from tests.remote.fixtures import no_environment, server
from tests.remote.stores import s3
from zarr import crud
from zarr.crud._stores import urls
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Server

__all__ = ["no_environment", "server"]

PAGE = Path(__file__).parents[2] / "docs" / "remote.md"
DATA = np.arange(128, dtype="i4").reshape(16, 8) + 1


def made(server: Server, path: str, **options: Any) -> Any:
    """Create an array in the bucket; return its document and its store."""
    store = ObjectStore(s3(server, path))
    zarr.create_array(store, data=DATA, compressors=None, **options)
    return crud.read_metadata(store), store


def test_the_code_of_the_page_runs(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a stale recipe. The environment leads its names to the server of the tests."""
    made(server, "ocean.zarr", chunks=(8, 8))
    for name, value in {
        "ENDPOINT_URL": server.url,
        "ALLOW_HTTP": "true",
        "REGION": "us-east-1",
        "ACCESS_KEY_ID": "id",
        "SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    urls._stores.clear()
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(code) == 6
    names: dict[str, Any] = {"here": f"{server.url}/bucket"}
    limit = zarr.config.get("array.requests_in_flight")
    with zarr.config.set({"array.requests_in_flight": limit}):
        for number, block in enumerate(code):
            names.pop("values", None)
            server.reset()
            exec(block, names)
            if "values" in names:
                expected = (
                    DATA[0] if names["values"].ndim == 1 and "s3fs\n" in block else DATA[0:8, 3]
                )
                assert np.array_equal(names["values"], expected), number
                assert server.requests, number
        assert zarr.config.get("array.requests_in_flight") == 256
    assert names["array"].engine_info().verdicts["zarrs"].store == "natively"
    assert names["shared"].engine_info().options.locking == "conditional"
    assert names["shared"][2, 1] == 0
    urls._stores.clear()


def test_the_schemes_of_the_page_are_used_natively() -> None:
    """Catches options that the page names and the extension does not know."""
    document = zarr.create_array({}, data=DATA).metadata
    chosen: dict[str, dict[str, Any]] = {
        "s3://bucket/ocean.zarr": {"anon": True},
        "az://bucket/ocean.zarr": {"account_name": "name", "account_key": "a2V5"},
        "https://data.example.org/ocean.zarr": {},
    }
    for url, options in chosen.items():
        verdicts = crud.explain(document, url, storage_options=options)
        assert verdicts["zarrs"].store == "natively", url
    urls._stores.clear()


def fresh(server: Server, document: Any, **options: Any) -> Callable[[], Any]:
    """Return a read by a store that knows nothing yet."""
    store = ObjectStore(s3(server, "plain"))
    return lambda: crud.read_chunk({**document}, store, (0, 0), **options)


def operations(server: Server) -> dict[str, Callable[[], Any]]:
    """What the rows of the table count."""
    document, plain = made(server, "plain", chunks=(8, 8))
    crud.delete_chunk(document, plain, (1, 0))
    sharded, shards = made(server, "shards", chunks=(2, 2), shards=(16, 8))
    apart: Any = {"engine": "zarrs", "options": crud.Options(coalesce_max_gap=0)}
    group = ObjectStore(s3(server, "group"))
    zarr.open_group(group)
    for name in "abc":
        crud.create(document, group, path=name)
    new = ObjectStore(s3(server, "new"))
    return {
        "`read_metadata`": lambda: crud.read_metadata(plain),
        "`read_chunk`, the chunk is stored": lambda: crud.read_chunk(document, plain, (0, 0)),
        "`read_chunk`, the chunk is missing": lambda: crud.read_chunk(document, plain, (1, 0)),
        "the first read with a document that was not read from this store": fresh(server, document),
        "`read_subchunk`": lambda: crud.read_subchunk(sharded, shards, (1, 1), **apart),
        "`read_subchunk`, the index of the shard is known": lambda: crud.read_subchunk(
            sharded, shards, (2, 1), **apart
        ),
        "a region that covers a shard": lambda: crud.read_region(sharded, shards, ...),
        "`write_chunk`": lambda: crud.write_chunk(document, plain, (0, 0), 5),
        "`write_region` of a part of a chunk": lambda: crud.write_region(document, plain, 0, 6),
        "`list_chunks`, up to 1000 chunks": lambda: crud.list_chunks(document, plain),
        "`list_children` of a group with 3 arrays": lambda: crud.list_children(group),
        "`create` in the root": lambda: crud.create(document, new),
        "`delete_node` with up to 1000 keys": lambda: crud.delete_node(plain),
    }


def test_the_requests_of_the_table_are_sent(server: Server) -> None:
    """Catches a cost that is not the one of the page."""
    table = PAGE.read_text().partition("| operation | requests |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| (.+) \| (\d+) \|$", table, re.MULTILINE))
    counted = {}
    for name, operation in operations(server).items():
        server.reset()
        operation()
        counted[name] = str(len(server.requests))
    assert counted == rows


@pytest.mark.parametrize("reply", [401, 403])
def test_errors_are_those_of_the_page(server: Server, reply: int) -> None:
    """Catches an error of another class than the page names."""
    document, store = made(server, "plain", chunks=(8, 8))
    options = {"anon": True, "endpoint_url": server.url}

    def refuse(_: Any, answer: Any) -> None:
        answer.status, answer.body = reply, b""

    server.hook = refuse
    with pytest.raises(PermissionError, match=r"c/0/0.*check the credentials"):
        crud.read_chunk(
            document, "s3://bucket/plain", (0, 0), storage_options=options, detached=True
        )
    named = "PermissionDeniedError" if reply == 403 else "UnauthenticatedError"
    with pytest.raises(getattr(obstore.exceptions, named), match=r"c/0/0.*check the credentials"):
        crud.read_chunk(document, store, (0, 0))
    urls._stores.clear()
