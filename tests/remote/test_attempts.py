"""Writes that are tried again: how often, and that others do not wait meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG
from tests.remote import stores
from tests.remote.server import Reply
from zarr import crud
from zarr.crud._stores import conditional
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Request, Server


@pytest.mark.parametrize("kind", [ObjectStore, stores.Bridged])
def test_a_refusal_without_a_change_is_believed_after_as_many_attempts(
    server: Server, kind: Any
) -> None:
    """Catches an engine that gives up where another one writes the value."""
    stores.make(server)
    array = stores.writable(kind(stores.s3(server)))
    server.gate = lambda request: Reply(412) if request.method == "PUT" else None
    server.reset()
    with pytest.raises(Exception, match=r"'c/0/0'.*locking='threads'"):
        array[7, 6] = 99
    assert len(server.gets("PUT")) == 11


def test_a_pause_keeps_no_other_request_waiting(server: Server) -> None:
    """Catches a permit of the process that is held while nothing is sent."""
    data = stores.make(server)
    array, other = (stores.writable(stores.native(server)) for _ in range(2))
    came, refused = threading.Event(), threading.Event()

    def gate(request: Request) -> Reply | None:
        if request.method == "GET" and request.path.endswith("c/4/4"):
            came.set()
        if request.method == "PUT" and not came.is_set():
            refused.set()
            return Reply(412)
        return None

    server.gate = gate
    with zarr.config.set({"array.requests_in_flight": 1}):
        writer = threading.Thread(target=array.__setitem__, args=((7, 6), 99))
        writer.start()
        assert refused.wait(HANG)
        assert other[39, 29] == data[39, 29]
        writer.join(HANG)
    assert came.is_set()
    assert array[7, 6] == 99


@pytest.mark.parametrize("locking", ["auto", "conditional", "threads"])
def test_a_chunk_that_no_condition_can_protect_is_refused(server: Server, locking: Any) -> None:
    """Catches an upload of gigabytes that the service refuses at its end."""
    size = 6 << 30
    made = zarr.create_array(
        stores.native(server), shape=(size,), chunks=(size,), dtype="u1", compressors=None
    )
    store = stores.native(server)
    options = crud.Options(locking=locking, decoded_size_budget=16 << 30)
    server.reset()
    if locking == "threads":
        # Nothing is allocated before the old value has arrived.
        server.gate = lambda request: Reply(403)
    with pytest.raises(Exception, match="c/0") as raised:
        crud.write_region(
            made.metadata, store, (7,), 1, engine="zarrs", options=options, detached=True
        )
    assert isinstance(raised.value, crud.UnsupportedError) == (locking != "threads")
    assert (locking == "threads") == bool(server.requests)
    if locking != "threads":
        assert "it has 6442450944 bytes" in str(raised.value)
        assert "smaller chunks" in str(raised.value)


def test_a_value_that_is_too_long_for_a_condition_is_not_sent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches the same through Python."""
    stores.make(server)
    array = stores.writable(ObjectStore(stores.s3(server)), "reference")
    monkeypatch.setitem(conditional.MOST_AT_ONCE, "S3Store", 8 * 7 * 4 - 1)
    server.reset()
    with pytest.raises(crud.UnsupportedError, match=r"it has 224 bytes.*smaller chunks"):
        array[7, 6] = 99
    assert not server.gets("PUT")
    monkeypatch.setitem(conditional.MOST_AT_ONCE, "S3Store", 8 * 7 * 4)
    array[7, 6] = 99
    assert array[7, 6] == 99


def weak(request: Request, reply: Reply) -> None:
    """Weaken the tag of an answer, as a proxy does that compresses."""
    if request.method == "GET" and "ETag" in reply.headers:
        reply.headers["ETag"] = f"W/{reply.headers['ETag']}"


@pytest.mark.parametrize("locking", ["auto", "conditional"])
def test_a_weak_tag_after_a_strong_one_is_no_licence(server: Server, locking: Any) -> None:
    """Catches a write without a condition, which undoes what another writer has stored."""
    data = stores.make(server)
    array = stores.writable(stores.native(server), locking=locking)
    array[0, 0] = data[0, 0] = 77
    original = server.objects["bucket/data/c/0/0"]
    stores.writable(stores.native(server), "zarr")[0, 1] = -5
    changed = server.objects["bucket/data/c/0/0"]
    stores.put_by_another(server, "c/0/0", original)
    gets = 0

    def hook(request: Request, reply: Reply) -> None:
        nonlocal gets
        if request.method == "GET" and request.path.endswith("c/0/0"):
            gets += 1
            if gets <= 2:
                weak(request, reply)
            if gets == 1:
                stores.put_by_another(server, "c/0/0", changed)

    server.hook = hook
    server.reset()
    array[7, 6] = data[7, 6] = 99
    data[0, 1] = -5
    assert np.array_equal(array[:8, :7], data[:8, :7])
    assert gets >= 3
    (put,) = server.gets("PUT")
    assert put.headers["if-match"]


def test_tags_that_stay_weak_are_an_error(server: Server) -> None:
    """Catches a value that is read for ever."""
    stores.make(server)
    array = stores.writable(stores.native(server))
    array[0, 0] = 77
    server.hook = weak
    server.reset()
    with pytest.raises(Exception, match=r"'c/0/0'.*no tag.*locking='threads'"):
        array[7, 6] = 99
    assert not server.gets("PUT")
    assert len(server.gets()) == 11
    # A server that has never sent a strong one offers no conditions.
    unknown = stores.writable(stores.native(server, client_options={"user_agent": "other"}))
    unknown[7, 6] = 99
    assert unknown[7, 6] == 99
