"""Single values of an object store, as Python sees them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

import _zarrs_bindings as zb
from tests.patience import in_thread, join, wait_for
from tests.remote import stores
from tests.remote.fixtures import no_environment, server
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

__all__ = ["no_environment", "server"]


def values(server: Server) -> zb.RemoteValues:
    """Return the values below `data`."""
    return zb.RemoteValues(handle_of(stores.native(server)))


def test_values_and_ranges_are_those_that_were_stored(server: Server) -> None:
    """Catches a range that is taken for another, an empty value for an absent key, and mixed-up
    answers.
    """
    found = values(server)
    assert found.put("a/b", b"0123456789", absent=False) is True
    assert found.put("a/b", b"x", absent=True) is False
    assert found.put("a/empty", b"", absent=True) is True
    spans = [(None, None), (2, 3), (7, None), (None, 2), (8, 9), (20, 1)]
    requests = [("a/b", start, length) for start, length in spans]
    expected = [b"0123456789", b"234", b"789", b"89", b"89", b""]
    assert found.get_many([*requests, ("none", None, None), ("a/empty", 0, 1)]) == [
        *expected,
        None,
        b"",
    ]
    assert found.get_many([]) == []


def test_a_server_without_ranges_is_served(server: Server) -> None:
    """Catches a whole value in place of the range that was requested."""
    found = values(server)
    found.put("a", b"0123456789", absent=False)

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET" and request.range is not None:
            reply.status, reply.body = 200, server.objects[request.path]
            reply.headers.pop("Content-Range")

    server.hook = hook
    for _ in range(2):
        assert found.get_many([("a", 2, 3), ("a", None, 2)]) == [b"234", b"89"]


def test_a_value_can_be_requested_before_it_is_needed(server: Server) -> None:
    """Catches a request that begins only when its value is awaited, and one that is never ended."""
    found = values(server)
    found.put("a", b"x", absent=False)
    server.reset()
    coming = found.start_get("a")
    wait_for(lambda: len(server.requests) == 1, "the request")
    assert coming.result() == b"x"
    with pytest.raises(RuntimeError, match="already returned"):
        coming.result()
    assert found.start_get("none").result() is None
    server.latency = 600
    coming = found.start_get("a")
    wait_for(lambda: server._in_flight == 1, "the request")
    del coming
    wait_for(lambda: server._in_flight == 0, "the end of the request")


def test_keys_are_listed_and_deleted(server: Server) -> None:
    """Catches keys with the prefix of the store, and siblings with the same prefix."""
    found = values(server)
    for key in ("a/b/c", "a/d", "ab"):
        found.put(key, b"x", absent=False)
    server.objects["bucket/database"] = b"another store"
    assert sorted(found.list_below("")) == ["a/b/c", "a/d", "ab"]
    assert sorted(found.list_below("a")) == ["a/b/c", "a/d"]
    assert found.list_below("none") == []
    assert found.list_level("") == (["ab"], ["a"])
    assert found.list_level("a") == (["a/d"], ["a/b"])
    found.delete_many(["a/d", "none"])
    found.delete_many([])
    assert sorted(server.objects) == ["bucket/data/a/b/c", "bucket/data/ab", "bucket/database"]


def test_all_requests_count_towards_the_limit_of_the_process(server: Server) -> None:
    """Catches a call with a limit of its own."""
    found = values(server)
    server.latency = 0.02
    keys = [(f"{number}", None, None) for number in range(300)]
    threads = [in_thread(lambda: found.get_many(keys)) for _ in range(3)]
    join(*threads)
    assert len(server.requests) == 900
    assert 64 < server.most_in_flight <= 128


def test_other_threads_run_while_a_call_waits(server: Server) -> None:
    """Catches a call that holds the GIL while it waits."""
    found = values(server)
    may_answer = threading.Event()

    def hook(request: Request, reply: Reply) -> None:
        # The server runs in this process, so it answers only while the GIL is free.
        assert may_answer.wait(30)

    server.hook = hook
    for work in (
        lambda: found.put("a", b"x", absent=False),
        lambda: found.get_many([("a", None, None)]),
        lambda: found.start_get("a").result(),
        lambda: found.list_below(""),
        lambda: found.list_level(""),
        lambda: found.delete_many(["a"]),
    ):
        may_answer.clear()
        server.reset()
        thread = in_thread(work)
        wait_for(lambda: len(server.requests) > 0, "a request")
        may_answer.set()
        join(thread)
