"""Servers that announce one thing and send another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.remote import stores
from zarr import crud

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server


def test_a_code_of_an_error_is_a_word(server: Server) -> None:
    """Catches the body of an answer in a message."""
    stores.make(server)
    array = stores.opened(stores.native(server))

    def hook(request: Request, reply: Reply) -> None:
        reply.status, reply.body = 403, b"<Error><Code>a SECRET\nof the server</Code></Error>"

    server.hook = hook
    with pytest.raises(Exception, match="403") as raised:
        array[...]
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize("size", [1 << 40, 1 << 62])
def test_an_absurd_size_is_an_error(server: Server, size: int) -> None:
    """Catches a process that ends because a server announces more than there is memory for."""
    stores.make(server, (34 << 20,), chunks=(34 << 20,), dtype="u1")
    options = crud.Options(decoded_size_budget=(1 << 63) - 1)
    array = stores.opened(stores.native(server)).with_config({"engine_options": options})

    def hook(request: Request, reply: Reply) -> None:
        if reply.status == 206:
            reply.headers["Content-Range"] = f"bytes 0-{len(reply.body) - 1}/{size}"

    server.hook = hook
    with pytest.raises(Exception, match=r"the system refused|c/0"):
        array[...]


@pytest.mark.parametrize("kind", ["NoSuchBucket", "ContainerNotFound"])
def test_a_missing_container_has_no_missing_chunks(server: Server, kind: str) -> None:
    """Catches fill values for a container that does not exist."""
    stores.make(server)
    array = stores.opened(stores.native(server))

    def hook(request: Request, reply: Reply) -> None:
        reply.status, reply.body = 404, f"<Error><Code>{kind}</Code></Error>".encode()

    server.hook = hook
    with pytest.raises(FileNotFoundError, match=kind):
        array[...]


def test_a_subchunk_of_no_bytes_is_damaged(server: Server) -> None:
    """Catches a request for a range without bytes, which is an error of the network."""
    options: Any = {"chunks": (8, 8), "shards": (64, 64), "compressors": "auto"}
    stores.make(server, (128, 64), **options)
    value = bytearray(server.objects["bucket/data/c/1/0"])
    index = np.frombuffer(value[-1028:-4], "<u8").reshape(64, 2).copy()
    index[:, 1] = 0
    server.objects["bucket/data/c/1/0"] = bytes(value[:-1028]) + index.tobytes() + bytes(4)
    given = crud.Options(coalesce_max_gap=0, validate_checksums=False)
    array = stores.opened(stores.native(server)).with_config({"engine_options": given})
    with pytest.raises(Exception, match=r"c/1/0.* cannot be decoded"):
        array[70, 9]


def test_a_user_who_wants_no_retries_gets_none(server: Server) -> None:
    """Catches attempts of our own beyond what the store says."""
    stores.make(server)
    native = stores.native(server, retry_config={"max_retries": 0})
    array = stores.opened(native)
    server.without_etag = True

    def hook(request: Request, reply: Reply) -> None:
        reply.cut = len(reply.body) // 2

    server.reset()
    server.hook = hook
    with pytest.raises(Exception, match="c/0/0"):
        array[0, 0]
    assert len(server.requests) == 1


def test_needless_slashes_of_a_prefix_are_not_dropped(server: Server) -> None:
    """Catches another array that is read and overwritten."""
    from zarr.storage import FsspecStore
    from zarr.zarrs._store import access_of

    options: Any = {"anon": True, "endpoint_url": server.url}
    for path in ("bucket//data", "bucket/data?versionId=2"):
        store = FsspecStore.from_url(f"s3://{path}", storage_options=options)
        store.path = path
        assert access_of(store).startswith("through Python"), path


@pytest.mark.parametrize("body", ["", "<html>", "<Error><Code>AccessDenied</Code></Error>"])
def test_what_is_no_list_is_no_empty_list(server: Server, body: str) -> None:
    """Catches an array without chunks, and a node that is left there, because of an odd answer."""
    stores.make(server)
    store = stores.native(server, retry_config={"max_retries": 1})
    document = crud.read_metadata(store)
    server.reset()

    def hook(request: Request, reply: Reply) -> None:
        if "list-type=2" in request.query:
            reply.body = body.encode()

    server.hook = hook
    for work in (
        lambda: crud.list_chunks(document, store),
        lambda: crud.delete_node(store),
    ):
        with pytest.raises(Exception, match="cannot be listed") as raised:
            work()
        assert ("AccessDenied" in str(raised.value)) == ("Code" in body)
    assert not server.gets("POST")
    assert len(server.requests) <= 6


def test_a_part_of_a_value_is_not_the_value(server: Server) -> None:
    """Catches the half of a chunk, as its bytes, from a server that was asked for all of it."""
    stores.make(server)
    store = stores.native(server, retry_config={"max_retries": 1})
    document = crud.read_metadata(store)

    def hook(request: Request, reply: Reply) -> None:
        if "/c/" in request.path:
            half = len(reply.body) // 2
            reply.headers["Content-Range"] = f"bytes 0-{half - 1}/{len(reply.body)}"
            reply.status, reply.body = 206, reply.body[:half]

    server.hook = hook
    with pytest.raises(Exception, match=r"c/1/1.*a part of the value"):
        crud.read_encoded_chunk(document, store, (1, 1))


def test_a_refusal_with_200_does_not_repeat_the_words_of_the_server(server: Server) -> None:
    """Catches the body of an answer in the message of a deletion."""
    stores.make(server)
    store = stores.native(server, retry_config={"max_retries": 1})
    document = crud.read_metadata(store)

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "POST":
            reply.body = b"<Error><Code>SlowDown</Code><Message>SECRET</Message></Error>"

    server.hook = hook
    with pytest.raises(Exception, match=r"c/1/1.*200 OK, with an error \(SlowDown\)") as raised:
        crud.delete_chunk(document, store, (1, 1))
    assert "SECRET" not in str(raised.value)
