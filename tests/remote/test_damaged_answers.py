"""Answers with other bytes than they should have: the right elements, or an error with the key."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.remote import stores
from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server

NO_GAP = crud.Options(coalesce_max_gap=0)
SLOW_DOWN = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>x</Message></Error>"


def span(reply: Reply) -> tuple[int, int, int] | None:
    """Return first and last byte and the size that an answer tells."""
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", reply.headers.get("Content-Range", ""))
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def told(reply: Reply, first: int, last: int, size: int) -> None:
    """Let a partial answer tell another span."""
    if span(reply) is not None:
        reply.headers["Content-Range"] = f"bytes {first}-{last}/{size}"


def slow_down(server: Server, request: Request, reply: Reply) -> None:
    """Answer with an error that says 200."""
    reply.status, reply.body, reply.headers = 200, SLOW_DOWN, {}


def longer(server: Server, request: Request, reply: Reply) -> None:
    """Send more than was requested."""
    reply.body += b"extra"


def longer_than_told(server: Server, request: Request, reply: Reply) -> None:
    """Send more than the answer tells; on this connection, the next answer begins with it."""
    reply.headers["Content-Length"] = str(len(reply.body))
    reply.body += b"extra"


def shorter(server: Server, request: Request, reply: Reply) -> None:
    """Send less than was requested."""
    reply.body = reply.body[:-3]


def empty(server: Server, request: Request, reply: Reply) -> None:
    """Send nothing."""
    reply.body = b""


def other_start(server: Server, request: Request, reply: Reply) -> None:
    """Send the bytes of another place, and say so."""
    value, at = server.objects[request.path], span(reply)
    if at is not None and at[0] > 0:
        reply.body = value[at[0] - 1 : at[1]]
        told(reply, at[0] - 1, at[1] - 1, at[2])


def other_end(server: Server, request: Request, reply: Reply) -> None:
    """Tell a longer span than is sent."""
    at = span(reply)
    if at is not None:
        told(reply, at[0], at[1] + 7, at[2] + 7)


def other_size(server: Server, request: Request, reply: Reply) -> None:
    """Tell another size of the value."""
    at = span(reply)
    if at is not None:
        told(reply, at[0], at[1], at[2] + 1000)


def smaller_size(server: Server, request: Request, reply: Reply) -> None:
    """Tell a size that the value cannot have."""
    at = span(reply)
    if at is not None:
        told(reply, at[0], at[1], 5)


def no_span(server: Server, request: Request, reply: Reply) -> None:
    """Send a part without telling which."""
    reply.headers.pop("Content-Range", None)


def no_number(server: Server, request: Request, reply: Reply) -> None:
    """Tell a span that is none."""
    if span(reply) is not None:
        reply.headers["Content-Range"] = "bytes x-y/z"


def huge_number(server: Server, request: Request, reply: Reply) -> None:
    """Tell a span beyond all numbers."""
    told(reply, 2**64 - 8, 2**64 - 1, 2**64 - 1)


def other_unit(server: Server, request: Request, reply: Reply) -> None:
    """Tell a span in another unit."""
    if span(reply) is not None:
        reply.headers["Content-Range"] = "elements 0-3/4"


def huge_length(server: Server, request: Request, reply: Reply) -> None:
    """Announce more bytes than any memory holds, and close."""
    reply.headers["Content-Length"] = str(2**62)
    reply.cut = len(reply.body)


def partial_without_request(server: Server, request: Request, reply: Reply) -> None:
    """Answer a request for the whole value with a part of it."""
    if request.range is None:
        size = len(reply.body)
        reply.status, reply.body = 206, reply.body[: size // 2]
        reply.headers["Content-Range"] = f"bytes 0-{size // 2 - 1}/{size}"


FAULTS = (
    slow_down, longer, longer_than_told, shorter, empty, other_start, other_end, other_size,
    smaller_size, no_span, no_number, huge_number, other_unit, huge_length, partial_without_request,
)  # fmt: skip

LAYOUTS: dict[str, dict[str, Any]] = {
    "raw": {"compressors": None, "chunks": (128, 256)},
    "compressed": {"compressors": "auto", "chunks": (8, 256)},
    "raw shards": {"compressors": None, "chunks": (4, 64), "shards": (128, 256)},
    "compressed shards": {"compressors": "auto", "chunks": (4, 64), "shards": (128, 256)},
}


def damage(server: Server, fault: Callable[..., None], times: int) -> None:
    """Damage the first answers to GETs of each chunk and range."""
    seen: Counter[Any] = Counter()

    def hook(request: Request, reply: Reply) -> None:
        key = request.path, request.range
        seen[key] += 1
        if request.method == "GET" and "/c/" in request.path and seen[key] <= times:
            fault(server, request, reply)

    server.hook = hook


def outcome(work: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """Return a result or an error; of which class it is depends on the fault."""
    try:
        return work(), None
    except Exception as error:  # noqa: BLE001
        return None, error


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("times", [1, 1 << 30], ids=["once", "always"])
def test_a_read_gives_what_is_stored_or_an_error(
    server: Server, fault: Any, layout: str, times: int
) -> None:
    """Catches elements that are not stored, a crash, a hang, and an error without the key."""
    data = stores.make(server, (128, 256), **LAYOUTS[layout])
    store = stores.native(server, client_options={"read_timeout": "5s"})
    array = stores.opened(store).with_config({"engine_options": NO_GAP})
    damage(server, fault, times)
    for where in (np.s_[...], np.s_[3:5, 60:70], np.s_[100, :], (127, 255)):
        found, error = outcome(lambda where=where: array[where])  # type: ignore[misc]
        if error is None:
            assert np.array_equal(found, data[where])
        else:
            assert re.search(r"c/\d+/\d+", str(error)), repr(error)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_write_keeps_what_is_stored_or_is_an_error(
    server: Server, fault: Any, layout: str
) -> None:
    """Catches a damaged value that is changed in part, and stored."""
    data = stores.make(server, (128, 256), **LAYOUTS[layout])
    array = stores.writable(stores.native(server, client_options={"read_timeout": "5s"}))
    before = dict(server.objects)
    damage(server, fault, 1 << 30)
    _, error = outcome(lambda: array.__setitem__(np.s_[3:5, 60:70], -5))
    if error is None:
        data[3:5, 60:70] = -5
    else:
        assert "c/0/0" in str(error), repr(error)
        assert server.objects == before
    server.hook = None
    assert np.array_equal(stores.opened(stores.native(server), "zarr")[...], data)


@pytest.mark.parametrize("part", [False, True])
def test_a_put_that_stores_nothing_is_an_error(server: Server, part: bool) -> None:
    """Catches a lost value: the server says 200, and means that it is busy."""
    stores.make(server)
    array = stores.writable(stores.native(server))
    before = dict(server.objects)

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "PUT":
            server.objects.update(before)
            slow_down(server, request, reply)

    server.hook = hook
    with pytest.raises(Exception, match=r"c/\d/\d.*cannot be written"):
        array[(3, 3) if part else ...] = 7


@pytest.mark.parametrize("lasts", [False, True])
def test_an_upload_whose_end_is_refused_with_200_is_repeated_or_an_error(
    server: Server, lasts: bool
) -> None:
    """Catches a large value that is lost: errors of this request come with the status 200."""
    length = 33 << 20
    array = zarr.create_array(
        stores.native(server),
        shape=length,
        chunks=length,
        dtype="u1",
        compressors=None,
        engine="zarrs",
    )
    refused: list[str] = []
    parts: dict[str, Any] = {}

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "PUT":
            parts.update(server.uploads.open)
        if request.method == "POST" and "uploadId" in request.query:
            if refused and not lasts:
                return
            refused.append(request.query)
            del server.objects[request.path]
            server.uploads.open.update(parts)
            slow_down(server, request, reply)

    server.hook = hook
    if lasts:
        with pytest.raises(Exception, match=r"c/0.*cannot be written.*SlowDown"):
            array[...] = 1
        assert "bucket/data/c/0" not in server.objects
    else:
        array[...] = 1
        assert server.objects["bucket/data/c/0"] == b"\x01" * length
    assert refused
    assert not server.uploads.open
