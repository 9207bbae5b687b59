"""Requests and replies of the server of the tests, and the connections that carry them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Request:
    """A request that arrived."""

    method: str
    path: str
    """Bucket and key, decoded."""

    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def range(self) -> str | None:
        """The requested range, or `None`."""
        return self.headers.get("range")


@dataclass
class Reply:
    """An answer. A hook may change it before it is sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """After so many bytes of the body, the connection is closed; without an answer, if negative."""

    pause: int | None = None
    """After so many bytes of the body, nothing more is sent, and the connection stays open."""

    goes_on: Callable[[], object] | None = None
    """The rest after the pause is sent once this is true."""

    halfway: float = 0.0
    """Seconds between the halves of the body."""

    after: float = 0.0
    """Additional seconds before the answer is sent."""

    when: Callable[[], object] | None = None
    """The answer is not sent before this is true."""


class Answers(Protocol):
    """The server of a connection."""

    connections: set[Connection]
    sent: int

    async def answer(self, request: Request) -> Reply:
        """Return what to answer, after the time that it takes."""
        ...


class Connection(asyncio.Protocol):
    """A connection of HTTP/1.1, which answers one request after the other."""

    transport: asyncio.Transport

    def __init__(self, server: Answers) -> None:
        self._server = server
        self._received = bytearray()
        self._is_invited = False
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        if self._answering is not None:
            self._answering.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answering is None or self._answering.done():
            self._next()

    def _next(self) -> None:
        request = self._take()
        if request is not None:
            self._answering = asyncio.ensure_future(self._answer(request))

    def _take(self) -> Request | None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        size = int(headers.get("content-length", 0))
        if len(self._received) < end + 4 + size:
            if headers.get("expect") == "100-continue" and not self._is_invited:
                self._is_invited = True
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        self._is_invited = False
        body = bytes(self._received[end + 4 : end + 4 + size])
        del self._received[: end + 4 + size]
        method, target, _ = first.split(" ")
        url = urlsplit(target)
        return Request(method, unquote(url.path).lstrip("/"), url.query, headers, body)

    async def _answer(self, request: Request) -> None:
        reply = await self._server.answer(request)
        body = b"" if request.method == "HEAD" else reply.body
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        if reply.status == 204:
            headers.pop("Content-Length")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode("latin-1")
        if reply.cut is not None:
            if reply.cut >= 0:
                self.transport.write(head + body[: reply.cut])
            self.transport.close()
            return
        if reply.pause is not None:
            self.transport.write(head + body[: reply.pause])
            while reply.goes_on is None or not reply.goes_on():
                await asyncio.sleep(0.005)
            head, body = b"", body[reply.pause :]
            self._server.sent += reply.pause
        if reply.halfway:
            half = len(body) // 2
            self.transport.write(head + body[:half])
            await asyncio.sleep(reply.halfway)
            head, body = b"", body[half:]
            self._server.sent += half
        self._server.sent += len(body)
        self.transport.write(head + body)
        self._answering = None
        self._next()
