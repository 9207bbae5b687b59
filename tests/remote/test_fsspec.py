"""File systems of fsspec: natively and through the bridge, the same objects and the same errors."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
import zarr
from tests.remote import stores
from zarr import crud
from zarr.core.sync import sync
from zarr.storage import FsspecStore
from zarr.zarrs._store import access_of, handle_of

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

ODD = [
    *("a b", "ü", "a+b", "a&b=c", "a:b", "a%20b", "a#b", "a?b", "a%2Fb", "~(a)'b'"),
    *("a;b,c@d$!*", "a\tb"),
]


class Bridged(FsspecStore):
    """The same store, but not of the exact type: it is read through Python."""


def s3(server: Server, kind: type[FsspecStore] = FsspecStore, **options: Any) -> FsspecStore:
    """Return a store over s3fs."""
    options = {"anon": True, "endpoint_url": server.url, **options}
    return kind.from_url("s3://bucket/data", storage_options=options, read_only=True)


def http(server: Server, kind: type[FsspecStore] = FsspecStore, **options: Any) -> FsspecStore:
    """Return a store over HTTP."""
    return kind.from_url(f"{server.url}/bucket/data", storage_options=options, read_only=True)


@pytest.mark.parametrize("make", [s3, http])
@pytest.mark.parametrize("shards", [None, (16, 14)])
def test_the_elements_are_those_of_the_bridge(server: Server, make: Any, shards: Any) -> None:
    """Catches wrong elements, and a native read that is none."""
    data = stores.make(server, shards=shards, compressors="auto")
    native, bridged = stores.opened(make(server)), stores.opened(make(server, Bridged))
    assert isinstance(handle_of(native.store), zb.RemoteStore)
    assert isinstance(handle_of(bridged.store), zb.PythonStore)
    for selection in (..., (3, 5), (slice(1, 30, 2), slice(4, 9)), (slice(39, 40), 29)):
        assert np.array_equal(native[selection], data[selection])
        assert np.array_equal(bridged[selection], data[selection])


@pytest.mark.parametrize("make", [s3, http])
def test_odd_names_are_the_same_objects(server: Server, make: Any) -> None:
    """Catches a key that is encoded twice, decoded, or cut off at a `?` or `#`."""
    stores.make(server)
    document = stores.opened(make(server)).metadata
    for path in ODD:
        asked = []
        for kind in (FsspecStore, Bridged):
            server.reset()
            store = make(server, kind)
            index: Any = (0, 0)
            crud.read_chunk(document, store, index, path=path, engine="zarrs", detached=True)
            asked.append([(one.path, one.query) for one in server.requests])
        assert asked[0] == asked[1], path


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
def test_the_bridge_to_s3fs_asks_for_no_sizes(server: Server, engine: str) -> None:
    """Catches a request for the size of each value, which doubles the time."""
    data = stores.make(server)
    array = stores.opened(s3(server, cache_regions=False, version_aware=False), engine)
    if engine == "zarrs":
        array = stores.opened(s3(server, Bridged), engine)
    server.reset()
    assert np.array_equal(array[...], data)
    assert Counter(one.method for one in server.requests) == {"GET": 25}


def test_a_part_of_a_value_takes_one_request(server: Server) -> None:
    """Catches a request for the size before each range."""
    data = stores.make(server, (128, 128), chunks=(8, 8), shards=(128, 128))
    array = stores.opened(s3(server, Bridged)).with_config(
        {"engine_options": {"coalesce_max_gap": 0}}
    )
    server.reset()
    assert array[3, 3] == data[3, 3]
    assert {one.method for one in server.requests} == {"GET"}


def test_credentials_are_sent_and_the_payer_is_named(server: Server) -> None:
    """Catches an unsigned request, and a bucket that its requester does not pay."""
    stores.make(server)
    options: dict[str, Any] = {"anon": False, "key": "id", "secret": "SECRET", "token": "t"}
    options |= {"requester_pays": True, "client_kwargs": {"region_name": "eu-north-1"}}
    array = stores.opened(s3(server, **options))
    server.reset()
    array[0, 0]
    sent = server.requests[0].headers
    assert "Credential=id/" in sent["authorization"]
    assert "/eu-north-1/s3/" in sent["authorization"]
    assert sent["x-amz-security-token"] == "t"
    assert sent["x-amz-request-payer"] == "requester"


def test_headers_are_sent(server: Server) -> None:
    """Catches a token that is not sent."""
    stores.make(server)
    array = stores.opened(http(server, client_kwargs={"headers": {"X-Token": "t"}}))
    server.reset()
    array[0, 0]
    assert [one.headers["x-token"] for one in server.requests] == ["t"]


@pytest.mark.parametrize("make", [s3, http])
@pytest.mark.parametrize(
    ("status", "kind"), [(403, PermissionError), (401, PermissionError), (400, OSError)]
)
def test_errors_are_builtin_exceptions(
    server: Server, make: Any, status: int, kind: type[Exception]
) -> None:
    """Catches an exception of obstore, which a user of fsspec does not know, and a fill value."""
    stores.make(server)
    array = stores.opened(make(server))

    def refuse(request: Request, reply: Reply) -> None:
        reply.status, reply.body = status, b"<Error><Code>Refused</Code></Error>"

    server.hook = refuse
    with pytest.raises(kind, match=rf"c/0/0.*{status}.*Refused") as raised:
        array[0, 0]
    assert type(raised.value) is kind


def test_a_missing_bucket_is_no_missing_chunk(server: Server) -> None:
    """Catches fill values in place of everything, after a mistake in the name of the bucket."""
    stores.make(server)
    array = stores.opened(s3(server))

    def missing(request: Request, reply: Reply) -> None:
        reply.status, reply.body = 404, b"<Error><Code>NoSuchBucket</Code></Error>"

    server.hook = missing
    with pytest.raises(FileNotFoundError, match="NoSuchBucket"):
        array[0, 0]
    server.hook = None
    server.objects.pop("bucket/data/c/0/0")
    assert array[0, 0] == 0


def test_a_bucket_in_another_region_is_followed(server: Server) -> None:
    """Catches an error where botocore finds the region, and a search for each request."""
    data = stores.make(server)
    array = stores.opened(s3(server))
    region = server.url.replace("127.0.0.1", "{region}")
    bridge = handle_of(array.store).bridged
    config = [("bucket", "bucket"), ("region", "r"), ("endpoint", server.url)]
    handle = zb.RemoteStore(
        "s3",
        bridge,
        prefix="data",
        config=[*config, ("skip_signature", "true")],
        client_options=[("allow_http", "true")],
        is_fsspec=True,
        regional=(f"{server.url}/bucket", region),
    )

    def elsewhere(request: Request, reply: Reply) -> None:
        if request.headers["host"].startswith("127."):
            reply.status, reply.body = 301, b"<Error><Code>PermanentRedirect</Code></Error>"
            reply.headers = {"x-amz-bucket-region": "localhost"}

    server.hook = elsewhere
    server.reset()
    document = json.dumps(array.metadata.to_dict())
    reader = zb.Reader(document, handle, "", np.dtype("i4"))
    found = reader.read_region((slice(None), slice(None)))
    assert found is not None
    assert np.array_equal(found, data)
    assert Counter(one.method for one in server.requests)["HEAD"] == 1
    server.reset()
    reader.read_region((0, 0))
    assert [one.headers["host"].partition(":")[0] for one in server.requests] == ["localhost"]


def test_the_environment_of_object_store_is_not_read(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches another endpoint or other keys than those of s3fs."""
    data = stores.make(server)
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "false")
    array = stores.opened(s3(server))
    assert np.array_equal(array[...], data)


def test_two_tenants_of_one_url_share_nothing(server: Server) -> None:
    """Catches a client, or a cached index, of another user."""
    stores.make(server, shards=(16, 14))
    for user in ("one", "two"):
        store = s3(server, anon=False, key=user, secret="SECRET")
        array = stores.opened(store)
        server.reset()
        array[...]
        signed = [one.headers["authorization"] for one in server.requests]
        assert signed
        assert all(f"Credential={user}/" in one for one in signed)
        shown = f"{store!r} {access_of(store)} {handle_of(store)!r} {array.engine_info()}"
        assert "SECRET" not in shown


def test_the_way_to_the_store_is_shown(server: Server) -> None:
    """Catches a store that is slow for a reason that nobody can find."""
    stores.make(server)
    server.reset()
    array = zarr.open_array(s3(server), mode="r", engine="zarrs")
    asked = len(server.requests)
    assert array.engine_info().verdicts["zarrs"].store == "natively"
    assert array.engine_info().verdicts["reference"].store is None
    assert len(server.requests) == asked


def listed(store: Any) -> set[str]:
    """Return the names of the first row of chunks, as the file system lists them."""
    found = sync(store.fs._ls("bucket/data/c/0", detail=False))
    return {name.rpartition("/")[2] for name in found}


def test_a_write_is_conditional_and_no_list_is_out_of_date(server: Server) -> None:
    """Catches an option that only other stores follow, and lists without the new chunks."""
    data = stores.make(server, fill_value=0)
    store: Any = s3(server).with_read_only(read_only=False)
    before = listed(store)
    given: Any = {"engine_options": crud.Options(locking="conditional")}
    array = zarr.open_array(store, mode="r+", engine="zarrs", config=given)
    server.reset()
    array[3:5, :7] = 0
    data[3:5, :7] = 0
    put = next(request for request in server.requests if request.method == "PUT")
    assert put.headers["if-match"]
    assert np.array_equal(array[...], data)
    array[:8, :7] = 0
    assert before - listed(store) == {"0"}


def test_nothing_is_written_over_http(server: Server) -> None:
    """Catches a PUT where fsspec has none."""
    stores.make(server)
    store = FsspecStore.from_url(f"{server.url}/bucket/data")
    array = zarr.open_array(store, mode="r+", engine="zarrs")
    server.reset()
    with pytest.raises(NotImplementedError):
        array[...] = 0
    assert {request.method for request in server.requests} <= {"GET", "HEAD"}
