"""What is requested for chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import _zarrs_bindings as zb
import zarr
from tests.remote import stores
from tests.remote.server import Reply
from zarr import crud
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Request, Server


def test_one_request_for_each_chunk_and_no_other(server: Server) -> None:
    """Catches a request for the size before each value, and a chunk that is requested twice."""
    data = stores.make(server)
    array = stores.opened(stores.native(server))
    server.reset()
    assert np.array_equal(array[...], data)
    assert len(server.requests) == 25
    assert {request.method for request in server.requests} == {"GET"}
    assert all(request.range is None for request in server.requests)
    server.reset()
    assert array[39, 29] == data[39, 29]
    assert [request.path for request in server.requests] == ["bucket/data/c/4/4"]


def test_the_extension_sends_the_requests_itself(server: Server) -> None:
    """Catches a silent use of the bridge: the extension counts its own requests."""
    stores.make(server)
    array, bridged = (
        stores.opened(stores.native(server)),
        stores.opened(stores.Bridged(stores.s3(server))),
    )
    before = zb.counters()["requests"]
    bridged[...]
    assert zb.counters()["requests"] == before
    array[...]
    assert zb.counters()["requests"] == before + 25


def test_a_missing_chunk_costs_one_request(server: Server) -> None:
    """Catches retries of an answer that is final, and elements that are not filled."""
    data = stores.make(server, fill_value=-1)
    for key in ("c/0/0", "c/4/4"):
        del server.objects[f"bucket/data/{key}"]
    array = stores.opened(stores.native(server))
    server.reset()
    data[:8, :7] = data[32:, 28:] = -1
    assert np.array_equal(array[...], data)
    assert len(server.requests) == 25
    strict = array.with_config({"engine_options": crud.Options(missing_chunks="error")})
    with pytest.raises(RuntimeError, match=r"chunk-not-found: .*c/[04]/[04]"):
        strict[...]


def test_a_missing_bucket_has_no_missing_chunks(server: Server) -> None:
    """Catches fill values for a bucket that does not exist."""
    stores.make(server)
    array = stores.opened(stores.native(server))

    def gone(request: Request, reply: Reply) -> None:
        reply.status, reply.body = 404, b"<Error><Code>NoSuchBucket</Code></Error>"

    server.hook = gone
    with pytest.raises(FileNotFoundError, match="NoSuchBucket"):
        array[...]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, obstore.exceptions.PermissionDeniedError),
        (401, obstore.exceptions.UnauthenticatedError),
        (400, obstore.exceptions.GenericError),
    ],
)
def test_a_refused_request_is_an_error_and_no_fill_value(
    server: Server, status: int, error: type[Exception]
) -> None:
    """Catches fill values for what may not be read, other exceptions, and retries."""
    stores.make(server)
    array = stores.opened(stores.native(server))

    def refuse(request: Request, reply: Reply) -> None:
        if request.path.endswith("c/3/2"):
            reply.status, reply.body = status, b"<Error><Code>AccessDenied</Code></Error>"

    server.hook = refuse
    server.reset()
    with pytest.raises(error, match=rf"'c/3/2'.*{status}.*AccessDenied") as raised:
        array[...]
    assert "secret" not in str(raised.value).lower()
    assert sum(request.path.endswith("c/3/2") for request in server.requests) == 1


@pytest.mark.parametrize("make", [stores.s3, stores.http])
def test_a_method_that_is_not_allowed_is_no_missing_chunk(server: Server, make: Any) -> None:
    """Catches fill values for what the server does not let anybody get: the client takes the answer
    405 of a plain HTTP server for an absent value.
    """
    stores.make(server)
    array = stores.opened(ObjectStore(make(server)))
    server.gate = lambda request: Reply(405) if request.path.endswith("c/3/2") else None
    with pytest.raises(obstore.exceptions.GenericError, match=r"'c/3/2'.*405"):
        array[...]


def test_no_secret_is_in_an_error(server: Server) -> None:
    """Catches credentials in a message or in the name of a store."""
    stores.make(server)
    keys = {"access_key_id": "AKIDHIDDEN", "secret_access_key": "SECRETHIDDEN"}
    inner = stores.s3(server, skip_signature=False, **keys)
    array = stores.opened(ObjectStore(inner))

    def refuse(request: Request, reply: Reply) -> None:
        reply.status = 403
        reply.body = b"<Error><Code>SignatureDoesNotMatch</Code>AKIDHIDDEN SECRETHIDDEN</Error>"

    server.hook = refuse
    with pytest.raises(obstore.exceptions.PermissionDeniedError) as raised:
        array[...]
    assert "HIDDEN" not in str(raised.value)
    assert "SignatureDoesNotMatch" in str(raised.value)


def test_keys_are_sent_as_zarr_sends_them(server: Server) -> None:
    """Catches keys that are encoded twice, and a prefix that is left out."""
    data = np.arange(6, dtype="i4")
    path = "a%20b/ü #1/x+y"
    zarr.create_array(ObjectStore(stores.s3(server)), name=path, data=data, chunks=2)
    assert f"bucket/data/{path}/c/0" in server.objects
    array = zarr.open_array(stores.native(server), path=path, mode="r", engine="zarrs")
    before = zb.counters()["requests"]
    assert np.array_equal(array[...], data)
    assert zb.counters()["requests"] == before + 3


@pytest.mark.parametrize("prefix", [None, "deep/er"])
def test_prefixes_are_followed(server: Server, prefix: str | None) -> None:
    """Catches values of another prefix."""
    data = np.arange(6, dtype="i4")
    zarr.create_array(ObjectStore(stores.s3(server, prefix)), data=data, chunks=2)
    assert np.array_equal(stores.opened(stores.native(server, prefix))[...], data)


def test_two_stores_with_one_url_share_no_credentials(server: Server) -> None:
    """Catches a client, or a cached array, of one user that serves another."""
    stores.make(server)

    def check(request: Request, reply: Reply) -> None:
        if "GOOD" not in request.headers.get("authorization", ""):
            reply.status, reply.body = 403, b""

    server.hook = check
    keys: Any = {"skip_signature": False, "secret_access_key": "x"}
    good = stores.opened(stores.native(server, access_key_id="GOOD", **keys))
    document = good.metadata
    assert good[0, 0] == 1
    bad = stores.native(server, access_key_id="BAD", **keys)
    with pytest.raises(obstore.exceptions.PermissionDeniedError):
        crud.read_region(document, bad, engine="zarrs", detached=True)
    assert good[0, 0] == 1


def test_a_write_is_seen_by_the_next_read(server: Server) -> None:
    """Catches values that are kept, and writes that do not reach the store."""
    data = stores.make(server)
    array = zarr.open_array(stores.native(server), mode="r+", engine="zarrs")
    array[3:20, 5:9] = 7
    data[3:20, 5:9] = 7
    assert np.array_equal(array[...], data)


def test_a_part_of_a_chunk_without_codecs_is_requested_by_range(server: Server) -> None:
    """Catches bytes that nobody wanted, and a span at the wrong place."""
    data = stores.make(server, (512, 512), chunks=(256, 512))
    array = stores.opened(stores.native(server))
    server.reset()
    for rows, columns in ((slice(300, 303), slice(5, 9)), (slice(10, 50, 7), [3, 500, 4])):
        server.reset()
        found = array.oindex[rows, columns]
        assert np.array_equal(found, data[rows][:, columns])
        assert len(server.requests) == 1
        assert server.sent < 300 << 10
        assert server.requests[0].range is not None
    server.reset()
    assert np.array_equal(array[:256], data[:256])
    assert [request.range for request in server.requests] == [None]
    points = ([5, 6, 5], [7, 0, 511])
    assert np.array_equal(array.vindex[points], data[points])


@pytest.mark.parametrize("stored", [b"", b"\x01" * 100, b"\x01" * (600 << 10)])
def test_a_chunk_of_another_length_is_damaged_whatever_part_is_read(
    server: Server, stored: bytes
) -> None:
    """Catches bytes of a chunk that is too short or too long."""
    stores.make(server, (256, 512), chunks=(256, 512))
    array = stores.opened(stores.native(server))
    server.objects["bucket/data/c/0/0"] = stored
    for rows in (slice(None), slice(0, 2), slice(250, 256)):
        with pytest.raises(RuntimeError, match=r"decode-failed: .*c/0/0.*bytes"):
            array[rows]
