"""What goes wrong: answers that a server gives instead of the right ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server

type Answer = Callable[[Server, Request, Reply], None]
"""Changes the right answer to a request."""

NATIVE = ("native",)


@dataclass(frozen=True)
class Fault:
    """A wrong answer, to some requests of a call."""

    name: str
    answer: Answer
    applied: bool = True
    """Whether the change that was requested has happened."""

    passes: bool = True
    """Whether the next attempt, after one wrong answer to each request, gives the right result."""

    lies: bool = False
    """Whether nothing in the answer shows that its bytes are others."""

    modes: tuple[str, ...] = ("once", "always")
    first: int = 0
    """How many right answers come before those that always are wrong."""

    seconds: float = 30.0
    """How long the client waits for a silent server."""

    ways: tuple[str, ...] = ("native", "bridge", "reference")
    """Where the outcome is ours."""

    does: tuple[str, ...] = ("read", "write", "bytes", "document", "list", "change")
    """The kinds of verbs to which this can happen."""

    answers: Callable[[Request], bool] = lambda _: True
    """Which requests have a wrong answer."""


def _status(status: int, body: bytes = b"") -> Answer:
    def answer(server: Server, request: Request, reply: Reply) -> None:
        reply.status, reply.body, reply.headers = status, body, {}

    return answer


def _cut(part: float) -> Answer:
    def answer(server: Server, request: Request, reply: Reply) -> None:
        reply.cut = int(len(reply.body) * part)

    return answer


def _no_answer(server: Server, request: Request, reply: Reply) -> None:
    """Close the connection."""
    reply.cut = -1


def _pause(server: Server, request: Request, reply: Reply) -> None:
    """Send the half of a body, and nothing more."""
    if reply.body:
        reply.pause = len(reply.body) // 2


def _late(server: Server, request: Request, reply: Reply) -> None:
    reply.after = 600


def _span(reply: Reply) -> tuple[int, int, int] | None:
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", reply.headers.get("Content-Range", ""))
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def _told(first: int, last: int, size: int) -> Answer:
    """Tell a span that differs by so many bytes."""

    def answer(server: Server, request: Request, reply: Reply) -> None:
        at = _span(reply)
        if at is not None:
            span = f"{at[0] + first}-{at[1] + last}/{at[2] + size}"
            reply.headers["Content-Range"] = f"bytes {span}"

    return answer


def _header(name: str, value: str | None) -> Answer:
    def answer(server: Server, request: Request, reply: Reply) -> None:
        if name in reply.headers:
            del reply.headers[name]
            if value is not None:
                reply.headers[name] = value

    return answer


def _moved(server: Server, request: Request, reply: Reply) -> None:
    """Send the bytes of another place, and say so."""
    at = _span(reply)
    if at is not None and at[0] > 0:
        reply.body = server.objects[request.path][at[0] - 1 : at[1]]
        _told(-1, -1, 0)(server, request, reply)


def _misplaced(server: Server, request: Request, reply: Reply) -> None:
    """Send the first bytes, and say so, whatever was requested."""
    at = _span(reply)
    if at is not None:
        reply.body = server.objects[request.path][: len(reply.body)]
        reply.headers["Content-Range"] = f"bytes 0-{len(reply.body) - 1}/{at[2]}"


def _longer(server: Server, request: Request, reply: Reply) -> None:
    reply.body += b"extra"


def _longer_than_told(server: Server, request: Request, reply: Reply) -> None:
    reply.headers["Content-Length"] = str(len(reply.body))
    reply.body += b"extra"


def _shorter(server: Server, request: Request, reply: Reply) -> None:
    reply.body = reply.body[:-3]


def _empty(server: Server, request: Request, reply: Reply) -> None:
    reply.body = b""


def _huge(server: Server, request: Request, reply: Reply) -> None:
    reply.headers["Content-Length"] = str(2**62)
    reply.cut = len(reply.body)


def _part(server: Server, request: Request, reply: Reply) -> None:
    """Answer a request for all with a part."""
    if request.range is None and reply.status == 200 and reply.body:
        size = len(reply.body)
        reply.status, reply.body = 206, reply.body[: size // 2]
        reply.headers["Content-Range"] = f"bytes 0-{size // 2 - 1}/{size}"


def _whole(server: Server, request: Request, reply: Reply) -> None:
    """Ignore the range, as plain servers do."""
    if request.range is not None and reply.status == 206:
        reply.status, reply.body = 200, server.objects[request.path]
        reply.headers.pop("Content-Range")


def _no_suffix(server: Server, request: Request, reply: Reply) -> None:
    """Refuse a range that counts from the end, as Azure does."""
    if (request.range or "").startswith("bytes=-"):
        reply.status, reply.body, reply.headers = 416, b"", {}


def _replaced(server: Server, request: Request, reply: Reply) -> None:
    """After this answer, there is another version."""
    value = server.objects.get(request.path, b"")
    if request.method == "GET" and "/c/" in request.path and not is_newer(value):
        server.objects[request.path] = newer(value)


def _to_itself(status: int) -> Answer:
    def answer(server: Server, request: Request, reply: Reply) -> None:
        _status(status)(server, request, reply)
        reply.headers = {"Location": f"{server.url}/{request.path}?{request.query}"}

    return answer


def _elsewhere(server: Server, request: Request, reply: Reply) -> None:
    """Send the request to the same server by another name, where it is answered."""
    _status(307)(server, request, reply)
    there = server.url.replace("127.0.0.1", "localhost")
    reply.headers = {"Location": f"{there}/{request.path}?{request.query}"}


def _is_here(request: Request) -> bool:
    return request.headers["host"].startswith("127.")


def _is_list(request: Request) -> bool:
    return "list-type=2" in request.query


ELEMENTS = 64
"""Bytes of the elements of a chunk or shard, which are its first bytes."""


def newer(value: bytes) -> bytes:
    """Return the next version of a chunk or shard: its elements have the other sign."""
    turned = bytes(value[at] ^ 0x80 if at % 4 == 3 else value[at] for at in range(ELEMENTS))
    return turned + value[ELEMENTS:]


def is_newer(value: bytes) -> bool:
    """Return whether a value is the next version."""
    return len(value) > 3 and value[3] >= 0x80


SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>AKIDHIDDEN</Message></Error>"
EXPIRED = b"<Error><Code>ExpiredToken</Code></Error>"
DENIED = b"<Error><Code>AccessDenied</Code></Error>"
NO_BUCKET = b"<Error><Code>NoSuchBucket</Code></Error>"

REFUSED: dict[str, Any] = {"applied": False, "passes": False, "modes": ("always",)}
DAMAGED: dict[str, Any] = {"passes": False}
NO_LIST = ("read", "write", "document", "change")
LIES: dict[str, Any] = {"passes": False, "lies": True}
LISTED: dict[str, Any] = {"does": ("list", "change"), "ways": NATIVE, "answers": _is_list}

FAULTS = (
    Fault("503", _status(503, SLOW_DOWN), applied=False),
    Fault("503 that was done", _status(503, SLOW_DOWN)),
    Fault("429", _status(429, SLOW_DOWN), applied=False),
    Fault("500", _status(500), applied=False),
    Fault("500 that was done", _status(500)),
    Fault("502", _status(502, b"<html>"), applied=False),
    Fault("408", _status(408), applied=False),
    Fault("200 that means busy", _status(200, SLOW_DOWN), does=NO_LIST, applied=False, **LIES),
    # There, any document without keys is a list without keys.
    Fault("list that means busy", _status(200, SLOW_DOWN), **LISTED),
    Fault("list of a proxy", _status(200, b"<html>"), **LISTED),
    Fault("reset at once", _no_answer, applied=False),
    Fault("reset after it was done", _no_answer),
    Fault("reset before the body", _cut(0)),
    Fault("reset inside the body", _cut(0.5)),
    Fault("reset after the body", _cut(1)),
    Fault("silence", _late, seconds=0.3),
    Fault("silence inside the body", _pause, seconds=0.3),
    Fault("shorter", _shorter, **LIES),
    Fault("longer", _longer, **LIES),
    Fault("empty", _empty, **LIES),
    Fault("longer than told", _longer_than_told, **DAMAGED),
    Fault("absurd length", _huge, **DAMAGED),
    Fault("other place", _moved, **DAMAGED),
    Fault("first bytes", _misplaced, **DAMAGED),
    Fault("longer span told", _told(0, 7, 7), **DAMAGED),
    Fault("other place told", _told(4, 4, 4), **DAMAGED),
    Fault("larger size told", _told(0, 0, 1000), **DAMAGED),
    Fault("smaller size told", _told(0, 0, -40), **DAMAGED),
    Fault("absurd span told", _told(2**63, 2**63, 2**63), **DAMAGED),
    Fault("no span told", _header("Content-Range", None), **DAMAGED),
    Fault("no number told", _header("Content-Range", "bytes x-y/z"), **DAMAGED),
    Fault("other unit told", _header("Content-Range", "elements 0-3/4"), **DAMAGED),
    Fault("part of all", _part, does=("read", "write", "document", "list", "change"), **DAMAGED),
    # There, the part is taken for all of it.
    Fault("part of all bytes", _part, does=("bytes",), ways=NATIVE, **DAMAGED),
    Fault("no ranges", _whole, **DAMAGED),
    Fault("no ranges from the end", _no_suffix, **DAMAGED),
    Fault("no tags", _header("ETag", None), **DAMAGED),
    Fault("weak tags", _header("ETag", 'W/"1"'), **DAMAGED),
    Fault("equal tags", _header("ETag", '"1"'), **DAMAGED),
    Fault("replaced", _replaced, passes=False, does=("read",), modes=("always",)),
    Fault("sent to itself", _to_itself(307), applied=False, **DAMAGED),
    Fault("sent elsewhere", _elsewhere, applied=False, answers=_is_here, **DAMAGED),
    # There, a change that is sent on becomes a read, which succeeds.
    Fault("found at itself", _to_itself(302), applied=False, ways=NATIVE, **DAMAGED),
    Fault("credentials that expire", _status(400, EXPIRED), first=2, **REFUSED),
    Fault("no right", _status(403, DENIED), **REFUSED),
    # There, chunks of a missing bucket are missing chunks.
    Fault("no bucket", _status(404, NO_BUCKET), ways=NATIVE, **REFUSED),
    Fault("gone", _no_answer, first=2, **REFUSED),
)
