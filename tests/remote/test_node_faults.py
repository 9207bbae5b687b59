"""Servers that fail, and calls that end early, for documents, lists and deletions."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import obstore
import pytest

import _zarrs_bindings as zb
from tests.interrupts import is_interrupted
from tests.patience import in_thread, join, until, wait_for
from tests.remote import stores
from tests.remote.test_faults import broken, busy, reset_before
from tests.remote.test_nodes import GROUP, array, group_of
from zarr import crud
from zarr.crud._stores.cancellation import CancelledCall, check_cancelled
from zarr.errors import NodeNotFoundError
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server

DENIED = b"<Error><Code>AccessDenied</Code><Message>SECRET</Message></Error>"
Denied = obstore.exceptions.PermissionDeniedError


def verbs(store: Any) -> dict[str, tuple[Callable[[], object], str]]:
    """Calls, and what their errors say if all rights are missing."""
    return {
        "read": (lambda: crud.read_metadata(store), r"'zarr.json' cannot be read.*right to read"),
        "create": (lambda: crud.create(GROUP, store, path="new"), "cannot be read"),
        "list": (lambda: crud.list_children(store), "cannot be read"),
        "delete": (lambda: crud.delete_node(store), "cannot be read"),
        "chunks": (
            lambda: crud.list_chunks(array(), store, detached=True),
            r"keys below '' cannot be listed: the server answers 403.*AccessDenied.*right to list",
        ),
        "put": (
            lambda: crud.write_encoded_chunk(array(), store, (0,), b"x", detached=True),
            r"'c/0' cannot be written: the server answers 403.*right to write",
        ),
        "remove": (
            lambda: crud.delete_chunk(array(), store, (0,), detached=True),
            r"'c/0' cannot be deleted: the server answers 403.*right to delete",
        ),
    }


@pytest.mark.parametrize("verb", verbs(None))
def test_a_missing_right_is_an_error_that_names_it(server: Server, verb: str) -> None:
    """Catches a node that seems to be absent, an error without a hint, and a leaked body."""
    store = stores.native(server)
    crud.create(GROUP, store)

    def hook(request: Request, reply: Reply) -> None:
        reply.status, reply.body = 403, DENIED

    server.hook = hook
    work, said = verbs(store)[verb]
    with pytest.raises(Denied, match=said) as raised:
        work()
    assert "SECRET" not in str(raised.value)


def test_each_right_is_needed_where_it_is_used(server: Server) -> None:
    """Catches an error of a list or a deletion that is taken for an empty answer."""
    store = stores.native(server)
    group_of(store, 3)
    denied = ["list-type", "delete"]

    def hook(request: Request, reply: Reply) -> None:
        if any(what in request.query for what in denied):
            reply.status, reply.body = 403, DENIED

    server.hook = hook
    for work in (lambda: crud.list_children(store), lambda: crud.delete_node(store)):
        with pytest.raises(Denied, match="cannot be listed"):
            work()
    denied.remove("list-type")
    with pytest.raises(Denied, match=r"'n000/zarr.json' cannot be deleted"):
        crud.delete_node(store)


def test_the_key_that_is_not_deleted_is_named(server: Server) -> None:
    """Catches a failure within an answer that says 200."""
    store = stores.native(server)
    group_of(store, 3)

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "POST":
            reply.body = (
                b"<DeleteResult><Error><Key>data/n001/zarr.json</Key><Code>AccessDenied</Code>"
                b"<Message>SECRET</Message></Error></DeleteResult>"
            )

    server.hook = hook
    with pytest.raises(Denied, match=r"'n001/zarr.json' cannot be deleted.*AccessDenied") as raised:
        crud.delete_node(store)
    assert "SECRET" not in str(raised.value)


def test_a_missing_bucket_is_an_error(server: Server) -> None:
    """Catches a misspelt bucket that looks like an empty one."""
    store = stores.native(server)

    def hook(request: Request, reply: Reply) -> None:
        reply.status, reply.body = 404, b"<Error><Code>NoSuchBucket</Code></Error>"

    server.hook = hook
    for work in (
        lambda: crud.read_metadata(store),
        lambda: crud.list_chunks(array(), store, detached=True),
        lambda: crud.delete_chunk(array(), store, (0,), detached=True),
    ):
        with pytest.raises(FileNotFoundError, match="name of the bucket"):
            work()


def test_a_key_that_the_client_cannot_send_is_an_error(server: Server) -> None:
    """Catches a crash, and a key that is sent in another form."""
    store = stores.native(server)
    crud.create(GROUP, store)
    server.reset()
    for work in (
        lambda: crud.read_metadata(store, path="a\x01b"),
        lambda: crud.create(GROUP, store, path="a\x01b"),
        lambda: crud.list_chunks(array(), store, path="a\x01b", detached=True),
        lambda: crud.delete_chunk(array(), store, (0,), path="a\x01b", detached=True),
    ):
        with pytest.raises(obstore.exceptions.InvalidPathError, match="use another path"):
            work()
    assert {request.path for request in server.requests} <= {f"bucket/data/{n}" for n in DOCUMENTS}


DOCUMENTS = ("zarr.json", ".zarray", ".zgroup")


@pytest.mark.parametrize("fault", [busy, broken, reset_before])
def test_what_passes_is_retried(server: Server, fault: Callable[[Request, Reply], None]) -> None:
    """Catches an error where another attempt succeeds, and a list or deletion that is not whole."""
    store = stores.native(server)
    failed: Counter[Any] = Counter()

    def hook(request: Request, reply: Reply) -> None:
        key = request.method, request.path, request.query
        failed[key] += 1
        # An answer that is lost has a body; those without one are never cut.
        if failed[key] <= 2 and (reply.body or fault is not reset_before):
            fault(request, reply)

    server.hook = hook
    group_of(store, 3)
    assert [path for path, _ in crud.list_children(store)] == ["n000", "n001", "n002"]
    crud.delete_node(store)
    assert server.objects == {}
    assert max(failed.values()) >= 3


def test_an_absent_document_is_not_retried(server: Server) -> None:
    """Catches attempts to read what does not exist."""
    store = stores.native(server)
    with pytest.raises(NodeNotFoundError):
        crud.read_metadata(store, path="none")
    keys = [f"bucket/data/none/{name}" for name in (*DOCUMENTS, ".zattrs")]
    asked = [request.path for request in server.requests]
    assert (asked[0], sorted(asked)) == (keys[0], sorted(keys))


def test_an_exception_of_a_provider_comes_out_as_the_same_object(server: Server) -> None:
    """Catches an exception that is wrapped or replaced."""
    error = LookupError("no credentials today")

    def provider() -> Any:
        raise error

    inner = stores.s3(server, skip_signature=False, credential_provider=provider)
    for work, _ in verbs(ObjectStore(inner)).values():
        with pytest.raises(LookupError) as raised:
            work()
        assert raised.value is error


def test_an_interrupted_read_does_not_wait(server: Server) -> None:
    """Catches a document or list that cannot be given up."""
    store = stores.native(server)
    group_of(store, 3)
    server.latency = 600
    for work in (lambda: crud.read_metadata(store), lambda: crud.list_children(store)):
        assert is_interrupted(lambda: server._in_flight, work)
        wait_for(lambda: not server._in_flight, "the end of the requests")
    server.latency = 0
    assert len(crud.list_children(store)) == 3


def held(server: Server) -> threading.Event:
    """Hold all deletions until the event is set."""
    go_on = threading.Event()

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "POST":
            reply.when = go_on.is_set

    server.hook = hook
    return go_on


def many(server: Server) -> None:
    """Store an array of 25,000 chunks, which take 26 deletions; 20 are sent at a time."""
    crud.create(array(), stores.native(server))
    for number in range(25_000):
        server.objects[f"bucket/data/c/{number}"] = b"x"


def deletions(server: Server) -> int:
    """Return how many deletions have arrived."""
    return len(server.gets("POST"))


def test_an_interrupted_deletion_completes_what_is_sent_and_begins_no_more(server: Server) -> None:
    """Catches keys that are deleted after the call, or requests that are not waited for."""
    many(server)
    go_on, store, main = held(server), stores.native(server), threading.get_ident()
    handled, under_way = threading.Event(), list[int]()

    def handle(*_: object) -> None:
        handled.set()
        raise KeyboardInterrupt

    def send() -> None:
        wait_for(lambda: deletions(server) == 20, "the deletions")
        signal.pthread_kill(main, signal.SIGALRM)
        wait_for(handled.is_set, "the handler")
        release(server, go_on, under_way)

    signal.signal(signal.SIGALRM, handle)
    sender = in_thread(send)
    with pytest.raises(KeyboardInterrupt):
        crud.delete_node(store)
    join(sender)
    assert under_way == [20]
    assert (deletions(server), server._in_flight) == (20, 0)
    assert len(server.objects) == 25_001 - 20_000


def release(server: Server, go_on: threading.Event, under_way: list[int]) -> None:
    """Let the deletions end, once the call has had time to note why it must stop."""
    time.sleep(1)
    under_way.append(server._in_flight)
    go_on.set()


def test_a_second_interrupt_aborts_and_names_the_keys(server: Server) -> None:
    """Catches a deletion that cannot be ended, or an error that hides what it leaves behind."""
    many(server)
    held(server)
    store, main = stores.native(server), threading.get_ident()
    handled: list[int] = []

    def handle(*_: object) -> None:
        handled.append(1)
        raise KeyboardInterrupt

    def send() -> None:
        wait_for(lambda: deletions(server) == 20, "the deletions")
        for number in (1, 2):
            signal.pthread_kill(main, signal.SIGALRM)
            wait_for(lambda number=number: len(handled) == number, "the handler")  # type: ignore[misc]

    signal.signal(signal.SIGALRM, handle)
    sender = in_thread(send)
    with pytest.raises(KeyboardInterrupt) as raised:
        crud.delete_node(store)
    join(sender)
    (note,) = raised.value.__notes__
    assert "'c/0'" in note
    assert note.endswith("and 19980 others; write them again.")
    wait_for(lambda: not server._in_flight, "the end of the requests")


async def test_a_cancelled_deletion_begins_no_more(server: Server) -> None:
    """Catches a deletion that continues although nobody waits for it."""
    many(server)
    go_on, store = held(server), stores.native(server)
    noticed, under_way = threading.Event(), list[int]()

    def check() -> None:
        try:
            check_cancelled()
        except CancelledCall:
            noticed.set()
            raise

    zb.register_cancellation(check)
    try:
        task = asyncio.ensure_future(crud.delete_node_async(store))
        await until(lambda: deletions(server) == 20, "the deletions")
        task.cancel()
        await until(noticed.is_set, "the cancellation")
        await asyncio.to_thread(release, server, go_on, under_way)
        with pytest.raises(asyncio.CancelledError):
            await task
    finally:
        zb.register_cancellation(check_cancelled)
    assert under_way == [20]
    assert (deletions(server), server._in_flight) == (20, 0)
