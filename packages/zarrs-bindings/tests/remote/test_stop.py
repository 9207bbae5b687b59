"""Calls that end early send nothing again, and name what they do not know."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.interrupts import is_interrupted
from tests.patience import A_WHILE
from tests.remote import stores
from zarr import crud
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server

VERBS = {"write": "PUT", "create": "PUT", "delete": "POST", "erase": "POST"}


def unanswered(request: Request, reply: Reply) -> None:
    """Answer no change."""
    if request.method != "GET":
        reply.after = 600


def impatient(server: Server, **options: Any) -> Any:
    """Return a store that soon gives up waiting for an answer."""
    return stores.native(server, client_options={"timeout": "700ms"}, **options)


def calls(server: Server) -> dict[str, tuple[Callable[[], object], str]]:
    """Calls that change one value, and its key."""
    stores.make(server, (8, 7))
    store, empty = impatient(server), impatient(server, prefix="empty")
    chunk, new = stores.writable(store), zarr.create_group(MemoryStore()).metadata
    return {
        "write": (lambda: chunk.__setitem__((7, 6), 99), "c/0/0"),
        "erase": (lambda: chunk.__setitem__(..., 0), "c/0/0"),
        "create": (lambda: crud.create(new, empty, engine="zarrs"), "zarr.json"),
        "delete": (lambda: crud.delete_node(store, engine="zarrs"), "c/0/0"),
    }


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_sent_again_after_an_interrupt(server: Server, verb: str) -> None:
    """Catches a change after Ctrl-C, and a key whose value is unknown and that is not named."""
    (call, key), method = calls(server)[verb], VERBS[verb]
    notes: list[str] = []

    def work() -> None:
        try:
            call()
        except KeyboardInterrupt as error:
            notes.extend(getattr(error, "__notes__", []))
            raise

    server.hook = unanswered
    assert is_interrupted(lambda: server.gets(method), work)
    assert len(server.gets(method)) == 1
    assert len(notes) == 1
    assert f"'{key}'" in notes[0]


def test_all_keys_without_an_answer_are_named(server: Server) -> None:
    """Catches an error that names one of the keys whose values are unknown, and hides others."""
    stores.make(server, (40, 7))
    array = stores.writable(impatient(server, retry_config={"max_retries": 0}))
    server.reset()
    server.hook = unanswered
    with pytest.raises(Exception, match="written") as raised:
        array[...] = 1
    (note,) = raised.value.__notes__
    sent = {request.path.removeprefix("bucket/data/") for request in server.gets("PUT")}
    assert len(sent) == 5
    assert set(re.findall(r"'(c/.*?)'", note)) == sent


def test_nothing_that_waits_is_sent_after_an_interrupt(server: Server) -> None:
    """Catches a write to a busy server that goes on after Ctrl-C, a few requests at a time, and
    keys that are called unknown although nothing was sent.
    """
    stores.make(server, (400, 2), chunks=(1, 2))
    array = stores.writable(stores.native(server, retry_config={"max_retries": 30}))
    served: list[str] = []
    notes: list[str] = []

    def work() -> None:
        try:
            array[...] = -1
        except KeyboardInterrupt as error:
            notes.extend(getattr(error, "__notes__", []))
            raise

    server.gate = lambda request: served.append(request.path)
    server.latency, server.places = 0.2, 4
    server.reset()
    assert is_interrupted(lambda: len(served) >= 12, work)
    # A few more may be under way, and not the 128 that have begun.
    assert len(served) < 60
    before = len(server.requests)
    time.sleep(A_WHILE)
    assert len(server.requests) == before
    sent = {request.path.removeprefix("bucket/data/") for request in server.requests}
    assert set(re.findall(r"'(c/.*?)'", "".join(notes))) <= sent
