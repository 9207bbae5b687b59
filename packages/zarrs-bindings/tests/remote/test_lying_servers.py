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
