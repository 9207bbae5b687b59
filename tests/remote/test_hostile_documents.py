"""Documents, names and lists of somebody else: only the server is asked, below the prefix."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.remote import stores
from tests.remote.server import Server
from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.server import Reply, Request

NAMES = (
    "..",
    "../secret",
    "a/../../secret",
    "./a",
    "//127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}/x",
    "http:/127.0.0.1:{port}/x",
    "@127.0.0.1:{port}",
    "?x=y",
    "#x",
    "%2e%2e/secret",
    "%2e%2e%2fsecret",
    "\\..\\secret",
    "a\r\nHost: 127.0.0.1:{port}",
    "a\0b",
    "file:///etc",
)


@pytest.fixture
def other() -> Iterator[Server]:
    """Another server, which nobody may ask."""
    other = Server()
    yield other
    other.close()


def array(**members: Any) -> dict[str, Any]:
    """Return the document of a small array."""
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [4],
        "data_type": "uint8",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": 0,
        "codecs": [{"name": "bytes"}],
        **members,
    }


def check_asked(server: Server, other: Server) -> None:
    """Check that all requests are for keys below the prefix, on this server."""
    assert not other.requests
    for request in server.requests:
        assert request.headers["host"] == f"127.0.0.1:{server.port}"
        bucket, _, key = request.path.partition("/")
        is_list = not key and "prefix=data%2F" in request.query
        assert bucket == "bucket"
        assert is_list or key.startswith("data/") or request.query.startswith("delete"), request
        assert ".." not in key.split("/")
        if request.query.startswith("delete"):
            assert request.body.count(b"<Key>") == request.body.count(b"<Key>data/")
            assert b"/../" not in request.body


def calls(path: str, store: Any) -> dict[str, Any]:
    """Return calls that reach a node at a path."""
    document = array()
    return {
        "read": lambda: crud.read_region(document, store, path=path, engine="zarrs", detached=True),
        "write": lambda: crud.write_region(
            document, store, ..., 1, path=path, engine="zarrs", detached=True
        ),
        "chunk": lambda: crud.write_encoded_chunk(
            document, store, (0,), b"x", path=path, detached=True
        ),
        "metadata": lambda: crud.read_metadata(store, path=path),
        "create": lambda: crud.create(document, store, path=path),
        "list": lambda: crud.list_children(store, path=path),
        "chunks": lambda: crud.list_chunks(document, store, path=path, detached=True),
        "delete": lambda: crud.delete_node(store, path=path),
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verb", calls("", None))
def test_a_path_is_only_a_path(server: Server, other: Server, name: str, verb: str) -> None:
    """Catches a path that is taken for a URL, or that leaves the prefix."""
    store = stores.native(server)
    kept = {"bucket/secret/zarr.json": b"{}", "bucket/secret/c/0": b"no"}
    server.objects |= kept
    with contextlib.suppress(Exception):
        calls(name.format(port=other.port), store)[verb]()
    check_asked(server, other)
    assert kept.items() <= server.objects.items()


@pytest.mark.parametrize("name", NAMES)
def test_names_in_consolidated_metadata_are_only_names(
    server: Server, other: Server, name: str
) -> None:
    """Catches a child of a document that lies at another host or beside the store."""
    path = name.format(port=other.port)
    document = {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": {},
        "consolidated_metadata": {
            "kind": "inline",
            "must_understand": False,
            "metadata": {path: array()},
        },
    }
    server.objects["bucket/data/zarr.json"] = json.dumps(document).encode()
    server.objects["bucket/secret/c/0"] = b"no"
    store = stores.native(server)
    with contextlib.suppress(Exception):
        for child, found in crud.list_children(store):
            crud.read_region(found, store, path=child, engine="zarrs")
    with contextlib.suppress(Exception):
        group = zarr.open_group(store, mode="r")
        for child, _ in group.members(max_depth=None):
            group[child][...]  # type: ignore[index]
        group[path][...]  # type: ignore[index]
    check_asked(server, other)


@pytest.mark.parametrize(
    "members",
    [
        {"chunk_key_encoding": {"name": "default", "configuration": {"separator": text}}}
        for text in ("//127.0.0.1:{port}/", "../", "/../", "?", "#", "http://", "%2f..%2f")
    ]
    + [
        {"chunk_key_encoding": {"name": "v2", "configuration": {"separator": "/../../"}}},
        {"chunk_key_encoding": {"name": "http://127.0.0.1:{port}"}},
        {
            "storage_transformers": [
                {"name": "http", "configuration": {"url": "http://127.0.0.1:{port}"}}
            ]
        },
        {"codecs": [{"name": "http://127.0.0.1:{port}/codec"}]},
        {"attributes": {"url": "http://127.0.0.1:{port}", "$ref": "http://127.0.0.1:{port}"}},
    ],
)
def test_a_document_names_no_place(server: Server, other: Server, members: Any) -> None:
    """Catches a separator, a codec or an attribute that becomes an address."""
    document = array(**json.loads(json.dumps(members).replace("{port}", str(other.port))))
    server.objects["bucket/data/zarr.json"] = json.dumps(document).encode()
    store = stores.native(server)
    for work in (
        lambda: crud.read_region(crud.read_metadata(store), store, engine="zarrs"),
        lambda: crud.write_region(crud.read_metadata(store), store, ..., 1, engine="zarrs"),
        lambda: crud.read_region(document, store, engine="zarrs", detached=True),
        lambda: crud.list_chunks(document, store, detached=True),
        lambda: zarr.open_array(store, mode="r+", engine="zarrs")[...],
    ):
        with contextlib.suppress(Exception):
            work()
    check_asked(server, other)


def test_a_list_of_the_server_does_not_leave_the_prefix(server: Server, other: Server) -> None:
    """Catches keys of a hostile answer that are read or deleted beside the store."""
    store = stores.native(server)
    crud.create({"zarr_format": 3, "node_type": "group"}, store)
    server.objects["bucket/secret"] = b"no"
    keys = ("secret", "data/../secret", "data/a/c", "http://127.0.0.1:1/x", "data/")
    text = "".join(
        f"<Contents><Key>{key}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
        for key in keys
    )
    folders = "".join(f"<CommonPrefixes><Prefix>{key}/</Prefix></CommonPrefixes>" for key in keys)

    def lie(request: Request, reply: Reply) -> None:
        if "list-type" in request.query:
            reply.body = f"<ListBucketResult>{text}{folders}</ListBucketResult>".encode()

    server.hook = lie
    for work in (
        lambda: crud.list_children(store),
        lambda: crud.list_chunks(array(), store, detached=True),
        lambda: crud.delete_node(store),
    ):
        with contextlib.suppress(Exception):
            work()
    check_asked(server, other)
    assert server.objects["bucket/secret"] == b"no"
