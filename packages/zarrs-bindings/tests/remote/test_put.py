"""Conditions of writes: what other writers have stored, and what a server answers."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest
from obstore.store import AzureStore, GCSStore

import _zarrs_bindings as zb
from tests.patience import HANG
from tests.remote import stores
from zarr import crud
from zarr.storage import ObjectStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from tests.remote.server import Hook, Reply, Request, Server


def changed_before(server: Server, values: list[bytes]) -> Hook:
    """Return a hook that stores the next of these values after each GET of the chunk."""

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET" and request.path.endswith("c/0/0") and values:
            stores.put_by_another(server, "c/0/0", values.pop(0))

    return hook


def versions(server: Server, shards: Any, count: int) -> list[bytes]:
    """Return the first chunk with 1, 2, … changed elements at its start, and store the original."""
    data = stores.make(server, shards=shards)
    other = stores.writable(stores.native(server), "zarr")
    original, made = server.objects["bucket/data/c/0/0"], []
    for number in range(count):
        other[0, number] = data[0, number] = -1 - number
        made.append(server.objects["bucket/data/c/0/0"])
    stores.put_by_another(server, "c/0/0", original)
    server.reset()
    return made


@pytest.mark.parametrize("shards", [None, (16, 14)])
@pytest.mark.parametrize("tries", [1, 5])
def test_a_write_keeps_what_another_writer_stored_meanwhile(
    server: Server, shards: Any, tries: int
) -> None:
    """Catches a lost update."""
    values = versions(server, shards, tries)
    array = stores.writable(stores.native(server))
    server.hook = changed_before(server, values)
    array[7, 6] = 99
    server.hook = None
    found = stores.opened(stores.native(server), "zarr")[:8, :7]
    assert found[7, 6] == 99
    assert found[0, :tries].tolist() == [-1 - number for number in range(tries)]
    assert len(server.gets("PUT")) == tries + 1


@pytest.mark.parametrize("shards", [None, (16, 14)])
def test_a_chunk_that_another_writer_creates_meanwhile_is_kept(server: Server, shards: Any) -> None:
    """Catches a lost update of a chunk that was missing."""
    values = versions(server, shards, 1)
    del server.objects["bucket/data/c/0/0"]
    array = stores.writable(stores.native(server))
    server.hook = changed_before(server, values)
    array[7, 6] = 99
    server.hook = None
    found = stores.opened(stores.native(server), "zarr")[:8, :7]
    assert (found[7, 6], found[0, 0]) == (99, -1)


def test_a_chunk_that_another_writer_deletes_meanwhile_is_created(server: Server) -> None:
    """Catches an endless wait for a value that is gone, and old elements that come back."""
    stores.make(server)
    array = stores.writable(stores.native(server))

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET":
            server.objects.pop(request.path, None)

    server.hook = hook
    array[7, 6] = 99
    server.hook = None
    found = stores.opened(stores.native(server), "zarr")[:8, :7]
    assert found[7, 6] == 99
    assert np.count_nonzero(found) == 1


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_answer_is_no_conflict(server: Server, present: bool, lost: int) -> None:
    """Catches an error, or another change, after a PUT that has succeeded."""
    data = stores.make(server)
    if not present:
        del server.objects["bucket/data/c/0/0"]
        data[:8, :7] = 0
    array = stores.writable(stores.native(server))
    puts: Counter[str] = Counter()

    def hook(request: Request, reply: Reply) -> None:
        puts[request.method] += 1
        if request.method == "PUT" and puts["PUT"] <= lost:
            reply.cut = 0

    server.hook = hook
    array[7, 6] = data[7, 6] = 99
    assert np.array_equal(array[...], data)


@pytest.mark.parametrize("whole", [True, False])
def test_a_busy_server_is_asked_again(server: Server, whole: bool) -> None:
    """Catches an error where another attempt succeeds."""
    data = stores.make(server)
    array = stores.writable(stores.native(server))
    refused: Counter[str] = Counter()

    def hook(request: Request, reply: Reply) -> None:
        refused[request.path] += request.method == "PUT"
        if request.method == "PUT" and refused[request.path] <= 2:
            reply.status, reply.body = 503, b"<Error><Code>SlowDown</Code></Error>"

    server.hook = hook
    where = ... if whole else (slice(1, 39), slice(1, 29))
    data[where] = -3
    array[where] = -3
    server.hook = None
    assert np.array_equal(array[...], data)


@pytest.mark.parametrize("value", [1, 0])
def test_a_refused_write_names_key_and_right(server: Server, value: int) -> None:
    """Catches an error that does not say what the user must ask for."""
    stores.make(server)
    array = stores.writable(stores.native(server))

    def hook(request: Request, reply: Reply) -> None:
        if request.method != "GET":
            reply.status, reply.body = 403, b"<Error><Code>AccessDenied</Code></Error>"

    server.hook = hook
    done = "written: .* right to write" if value else "deleted: .* right to delete"
    with pytest.raises(obstore.exceptions.PermissionDeniedError, match=rf"c/4/4.*{done} this key"):
        array[32:, 28:] = value


@pytest.mark.parametrize("status", [501, 400])
def test_a_server_without_conditions_is_an_error_with_advice(server: Server, status: int) -> None:
    """Catches a write that is silently unsafe."""
    data = stores.make(server)
    retries = {"max_retries": 0}
    array = stores.writable(stores.native(server, retry_config=retries))
    before = dict(server.objects)

    def hook(request: Request, reply: Reply) -> None:
        if "if-match" in request.headers:
            server.objects.update(before)
            reply.status = status
            reply.body = b"<Error><Code>NotImplemented</Code></Error>"

    server.hook = hook
    with pytest.raises(RuntimeError, match=r"unsupported.*c/0/0.*locking='threads'"):
        array[7, 6] = 99
    assert server.objects == before
    stores.writable(stores.native(server), locking="threads")[7, 6] = data[7, 6] = 99
    assert np.array_equal(array[...], data)


@pytest.mark.parametrize(("retries", "locking"), [(0, "auto"), (0, "threads"), (2, "threads")])
def test_a_request_is_sent_as_often_as_the_store_allows(
    server: Server, retries: int, locking: Any
) -> None:
    """Catches attempts beyond the limit of the user."""
    stores.make(server, (8, 7))
    limits: Any = {"client_options": {"timeout": "200ms"}, "retry_config": {"max_retries": retries}}
    array = stores.writable(stores.native(server, **limits), locking=locking)
    server.reset()
    server.hook = unanswered
    with pytest.raises(Exception, match="c/0/0"):
        array[...] = 1
    assert len(server.gets("PUT")) == retries + 1


def unanswered(request: Request, reply: Reply) -> None:
    """Answer no change."""
    if request.method != "GET":
        reply.after = 600


def test_an_answer_about_another_key_is_an_error(server: Server) -> None:
    """Catches a panic, which names no key and seems to be our fault."""
    stores.make(server)
    store = stores.native(server)

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "POST":
            error = b"<Error><Key>data/no</Key><Code>X</Code><Message>m</Message></Error>"
            reply.body = b"<DeleteResult>" + error + b"</DeleteResult>"

    server.hook = hook
    with pytest.raises(Exception, match=r"c/\d/\d.*deleted: the server's answer names another key"):
        stores.writable(store)[...] = 0
    with pytest.raises(Exception, match=r"deleted: the server's answer names another key"):
        crud.delete_node(store)


def test_a_server_that_refuses_without_reason_is_an_error(server: Server) -> None:
    """Catches attempts without end."""
    stores.make(server)
    array = stores.writable(stores.native(server))
    before = dict(server.objects)

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "PUT":
            server.objects.update(before)
            reply.status = 412

    server.hook = hook
    with pytest.raises(obstore.exceptions.PreconditionError, match=r"c/0/0.*nobody has changed it"):
        array[7, 6] = 99
    assert len(server.gets("PUT")) < 20


@pytest.mark.parametrize("present", [True, False])
def test_a_silent_server_is_asked_again(server: Server, present: bool) -> None:
    """Catches an error, or a lost element, after a time limit that the user has set."""
    data = stores.make(server)
    if not present:
        del server.objects["bucket/data/c/0/0"]
        data[:8, :7] = 0
    options = {"read_timeout": "300ms"}
    array = stores.writable(stores.native(server, client_options=options))
    silent: list[str] = []

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "PUT" and not silent:
            silent.append(request.path)
            reply.after = HANG

    server.hook = hook
    array[7, 6] = data[7, 6] = 99
    assert silent
    assert np.array_equal(array[...], data)


def google(server: Server) -> Any:
    """Return obstore's store of the bucket `bucket`, as if it were on Google Cloud Storage."""
    names = ("client_email", "private_key", "private_key_id")
    key = {"gcs_base_url": server.url, "disable_oauth": True} | dict.fromkeys(names, "")
    options: Any = {"allow_http": True}
    return GCSStore(
        "bucket", prefix="data", service_account_key=json.dumps(key), client_options=options
    )


def azure(server: Server) -> Any:
    """Return obstore's store of the container `bucket`, as if it were on Azure."""
    options: Any = {"allow_http": True}
    return AzureStore(
        "bucket",
        prefix="data",
        account_name="account",
        endpoint=server.url,
        skip_signature=True,
        client_options=options,
    )


@pytest.mark.parametrize(
    ("make", "headers"),
    [
        (google, {"x-goog-if-generation-match"}),
        (azure, {"if-match", "if-none-match"}),
    ],
)
def test_each_service_has_its_own_conditions(server: Server, make: Any, headers: set[str]) -> None:
    """Catches a condition that a service ignores, and so a lost update."""
    values = versions(server, None, 2)
    store = ObjectStore(make(server))
    assert isinstance(handle_of(store), zb.RemoteStore)
    array = stores.writable(store)
    server.hook = changed_before(server, values)
    array[7, 6] = 99
    found = array[:8, :7]
    assert (found[7, 6], found[0, 0], found[0, 1]) == (99, -1, -2)
    del server.objects["bucket/data/c/0/0"]
    array[7, 6] = 98
    assert array[7, 6] == 98
    puts = server.gets("PUT")
    assert len(puts) == 4
    assert all(headers & set(put.headers) for put in puts)
