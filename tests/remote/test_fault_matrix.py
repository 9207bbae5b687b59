"""Each fault of a server or network, in each kind of call: the same outcome, or an error.

What is transient is repeated until the result is that of a server without faults. What stays is an
error that names the key, the reason and what to check, and that holds no credentials.
"""

from __future__ import annotations

import socket
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

from tests.remote import stores
from zarr import crud
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server

GROUP: dict[str, Any] = {"zarr_format": 3, "node_type": "group"}
NO_GAP = crud.Options(coalesce_max_gap=0)
KEYS: Any = {
    "skip_signature": False,
    "access_key_id": "AKIDHIDDEN",
    "secret_access_key": "SECRETHIDDEN",
    "token": "TOKENHIDDEN",
}


def read(document: Any, store: Any) -> Any:
    """Read an array whole."""
    return crud.read_region(document, store, engine="zarrs", path="array", detached=True)


def read_part(document: Any, store: Any) -> Any:
    """Read a part of each chunk or shard: of shards, index and subchunks."""
    where = np.s_[:, ::9]
    return crud.read_region(
        document, store, where, engine="zarrs", options=NO_GAP, path="array", detached=True
    )


def write(document: Any, store: Any) -> None:
    """Replace all chunks, and delete some of them."""
    crud.write_region(document, store, ..., 5, engine="zarrs", path="array", detached=True)
    where = np.s_[:16, :14]
    crud.write_region(document, store, where, 0, engine="zarrs", path="array", detached=True)


def change(document: Any, store: Any) -> None:
    """Change parts of chunks, under conditions."""
    crud.write_region(
        document, store, np.s_[3:20, 3:9], 7, engine="zarrs", path="array", detached=True
    )


def create(document: Any, store: Any) -> None:
    """Create an array and its groups, where nothing is."""
    crud.create(document, store, path="new/group/array", engine="zarrs")


def replace(document: Any, store: Any) -> None:
    """Replace a document."""
    crud.write_metadata({**document, "attributes": {"a": 1}}, store, path="array", engine="zarrs")


def read_node(document: Any, store: Any) -> Any:
    """Read a document."""
    return dict(crud.read_metadata(store, path="array", engine="zarrs"))


def list_all(document: Any, store: Any) -> Any:
    """List nodes and chunks."""
    nodes = crud.list_children(store, path="nodes", engine="zarrs")
    return [path for path, _ in nodes], crud.list_chunks(
        document, store, path="array", detached=True
    )


def delete(document: Any, store: Any) -> None:
    """Delete a node."""
    crud.delete_node(store, path="nodes", engine="zarrs")


CALLS = (read, read_part, write, change, create, replace, read_node, list_all, delete)


def made(server: Server, shards: Any = None) -> Any:
    """Store an array and a group with children; return the document of the array."""
    stores.make(server, shards=shards, fill_value=0)
    for path in list(server.objects):
        where = path.replace("/data/", "/data/array/")
        server.objects[where] = server.objects.pop(path)
    for path in ("", "nodes", "nodes/a", "nodes/b"):
        crud.create(GROUP, stores.native(server), path=path)
    document = crud.read_metadata(stores.native(server), path="array")
    server.reset()
    return document


def answering(status: int, body: bytes = b"") -> Callable[[Request, Reply], None]:
    """Return a fault: this answer."""

    def fault(request: Request, reply: Reply) -> None:
        reply.status, reply.body, reply.headers = status, body, {}

    return fault


def reset_before(request: Request, reply: Reply) -> None:
    """Close the connection before the body."""
    reply.cut = 0


def reset_inside(request: Request, reply: Reply) -> None:
    """Close the connection within the body; of answers without one, not at all."""
    reply.cut = len(reply.body) // 2 if reply.body else None


def reset_after(request: Request, reply: Reply) -> None:
    """Close the connection after the body, although it was to stay open."""
    reply.cut = len(reply.body)


def silence(request: Request, reply: Reply) -> None:
    """Send the half of the body, and then nothing."""
    reply.pause = len(reply.body) // 2


SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>AKIDHIDDEN</Message></Error>"

PASSING: dict[str, Callable[[Request, Reply], None]] = {
    "503": answering(503, SLOW_DOWN),
    "429": answering(429, SLOW_DOWN),
    "500": answering(500),
    "502": answering(502, b"<html>"),
    "408": answering(408),
    "reset before": reset_before,
    "reset inside": reset_inside,
    "reset after": reset_after,
    "silence": silence,
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("name", "shards"),
    [(name, None) for name in PASSING if name != "silence"]
    + [(name, (16, 14)) for name in ("503", "reset before", "reset inside", "silence")],
)
def test_what_passes_does_not_show(server: Server, name: str, call: Any, shards: Any) -> None:
    """Catches an error, another result, or another stored value after a fault that passes."""
    document = made(server, shards)
    before = dict(server.objects)
    expected = call(document, stores.native(server))
    after = dict(server.objects)
    server.objects.clear()
    server.objects.update(before)
    failed: Counter[Any] = Counter()

    def hook(request: Request, reply: Reply) -> None:
        key = request.method, request.path, request.query, request.range
        failed[key] += 1
        if failed[key] <= (1 if name == "silence" else 2):
            if reply.status < 300 and name.isdigit():
                undo(server, request, before)
            PASSING[name](request, reply)

    server.hook = hook
    timeout: Any = {"read_timeout": "500ms"} if name == "silence" else {}
    found = call(document, stores.native(server, client_options=timeout))
    server.hook = None
    assert np.array_equal(found, expected) if isinstance(found, np.ndarray) else found == expected
    assert server.objects == after
    if name == "503":
        assert max(failed.values()) >= 3


def undo(server: Server, request: Request, before: dict[str, bytes]) -> None:
    """Let a refused change not have happened."""
    if request.method == "PUT":
        old = before.get(request.path)
        if old is None:
            server.objects.pop(request.path, None)
        else:
            server.objects[request.path] = old
    elif request.method in ("DELETE", "POST"):
        for path, value in before.items():
            server.objects.setdefault(path, value)


def unused_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


LASTING: dict[str, tuple[Any, str]] = {
    "503": (answering(503, SLOW_DOWN), r"503.*SlowDown.*check the endpoint"),
    "500": (answering(500), r"500.*check the endpoint"),
    "403": (
        answering(403, b"<Error><Code>AccessDenied</Code></Error>"),
        "403.*AccessDenied.*right",
    ),
    "expired": (
        answering(400, b"<Error><Code>ExpiredToken</Code></Error>"),
        "400.*ExpiredToken.*renew the credentials",
    ),
    "no bucket": (
        answering(404, b"<Error><Code>NoSuchBucket</Code></Error>"),
        "name of the bucket",
    ),
    "reset": (reset_before, "check the endpoint and the network"),
    "silence": (silence, "check the endpoint and the network"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", LASTING)
def test_what_stays_is_an_error(server: Server, name: str, call: Any) -> None:
    """Catches a hang, a fill value or empty list, an error without advice, and a secret in it."""
    document = made(server)
    fault, said = LASTING[name]
    server.hook = fault
    store = stores.native(
        server,
        retry_config={"max_retries": 1},
        client_options={"read_timeout": "250ms"} if name == "silence" else {},
        **KEYS,
    )
    check_error(lambda: call(document, store), said)


@pytest.mark.parametrize(
    ("name", "call"),
    [*(("refused", call) for call in CALLS), *(("no such host", call) for call in (read, create))],
)
def test_an_endpoint_that_is_not_there_is_an_error(server: Server, name: str, call: Any) -> None:
    """Catches a hang, and an error that does not say which endpoint cannot be reached."""
    document = made(server)
    url = {
        "refused": f"http://127.0.0.1:{unused_port()}",
        "no such host": "http://no-such-host.invalid",
    }[name]
    inner = obstore.store.S3Store(
        "bucket",
        prefix="data",
        endpoint=url,
        region="r",
        client_options={"allow_http": True},
        retry_config=stores._quick({"max_retries": 1}),
        **{key: value for key, value in KEYS.items() if key != "token"},
    )
    said = rf"at {url}; check the endpoint and the network"
    check_error(lambda: call(document, ObjectStore(inner)), said)


def check_error(work: Callable[[], object], said: str) -> None:
    """Run what must fail with an error of obstore that says this, and gives no secret away."""
    errors = obstore.exceptions.BaseError, FileNotFoundError
    with pytest.raises(errors, match=said) as raised:
        work()
    told = f"{raised.value} {raised.value!r} {getattr(raised.value, '__notes__', '')}"
    assert "HIDDEN" not in told
    assert "'array/c/" in told or "zarr.json'" in told or "keys below '" in told, told
