"""A server of objects for tests: plain HTTP, and as much of S3 as obstore uses.

It runs in a thread, answers after a chosen time, records every request, and can answer wrongly.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from xml.sax.saxutils import escape, unescape

from tests.remote.connection import Connection, Reply, Request
from tests.remote.uploads import Uploads

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

__all__ = ["Hook", "Reply", "Request", "Server", "etag_of", "generation_of"]

type Hook = Callable[[Request, Reply], None]


class Server:
    """An HTTP and S3 server on a free port of this machine."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.objects: dict[str, bytes] = {}
        """All values, by bucket and key."""

        self.metadata: dict[str, dict[str, str]] = {}
        """What was stored beside the values, as headers."""

        self.latency = 0.0
        self.requests: list[Request] = []
        self.most_in_flight = 0
        self.sent = 0
        self.hook: Hook | None = None
        self.gate: Callable[[Request], Reply | None] | None = None
        """Returns an answer to give before anything is read or changed."""
        self.uploads = Uploads()
        self.without_etag = False
        self.places: int | None = None
        """How many requests are answered at a time; more are refused with 503."""
        self.page = 1000
        """The most keys that one answer lists."""

        self._in_flight = self._taken = 0
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self.connections: set[Connection] = set()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Forget the requests so far."""
        self.requests.clear()
        self.most_in_flight = self.sent = 0

    def gets(self, method: str = "GET") -> list[Request]:
        """Return the requests for objects with this method."""
        return [request for request in self.requests if request.method == method]

    def close(self) -> None:
        """Stop the server; it may be stopped already."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        making = self._loop.create_server(
            lambda: Connection(self), "127.0.0.1", 0, backlog=1024, ssl=self._tls
        )
        listener = self._loop.run_until_complete(making)
        self.port: int = listener.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        # A listener that is closed refuses those that it has accepted just now, and leaks them.
        for accepting in listener.sockets:
            self._loop.remove_reader(accepting.fileno())
        self._loop.run_until_complete(self._end())
        listener.close()
        self._loop.close()

    async def _end(self) -> None:
        # Connections that were just accepted are made in a few turns of the loop.
        for _ in range(10):
            await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self.connections:
            for connection in self.connections:
                connection.transport.abort()
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def answer(self, request: Request) -> Reply:
        """Return what to answer, after the time that it takes."""
        self.requests.append(request)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            reply = await self._in_its_place(request)
            if self.hook is not None:
                self.hook(request, reply)
            if reply.after:
                await asyncio.sleep(reply.after)
            while reply.when is not None and not reply.when():
                await asyncio.sleep(0.005)
            return reply
        finally:
            self._in_flight -= 1

    async def _in_its_place(self, request: Request) -> Reply:
        has_place = self.places is None or self._taken < self.places
        self._taken += has_place
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
        finally:
            self._taken -= has_place
        if not has_place:
            return Reply(503, b"<Code>SlowDown</Code>")
        reply = self.gate(request) if self.gate is not None else None
        return self._reply(request) if reply is None else reply

    def _reply(self, request: Request) -> Reply:
        bucket, _, key = request.path.partition("/")
        if self.uploads.is_for(request):
            status, body = self.uploads.answer(request, self.objects)
            return Reply(status, body, {"ETag": etag_of(request.body)})
        if request.method in ("GET", "HEAD"):
            if not key and "list-type=2" in request.query:
                return self._list(bucket, parse_qs(request.query))
            return self._get(request)
        if request.method == "PUT":
            return self._put(request)
        if request.method == "DELETE":
            self.objects.pop(request.path, None)
            return Reply(204)
        if request.method == "POST" and request.query.startswith("delete"):
            keys = re.findall(r"<Key>(.*?)</Key>", request.body.decode())
            for key in keys:
                self.objects.pop(f"{bucket}/{unescape(key)}", None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return Reply(200, f"<DeleteResult>{deleted}</DeleteResult>".encode())
        return Reply(405)

    def _get(self, request: Request) -> Reply:
        value = self.objects.get(request.path)
        if value is None:
            return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>")
        etag = etag_of(value)
        headers = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        headers |= self.metadata.get(request.path, {})
        if not self.without_etag:
            headers["ETag"] = etag
            headers["x-goog-generation"] = generation_of(value)
        if request.headers.get("if-match", etag) != etag:
            return Reply(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        if request.headers.get("if-none-match") == etag and not self.without_etag:
            return Reply(304, headers=headers)
        if request.range is None:
            return Reply(200, value, headers)
        first, last = re.fullmatch(r"bytes=(\d*)-(\d*)", request.range).groups()  # type: ignore[union-attr]
        start = int(first) if first else max(len(value) - int(last), 0)
        end = min(int(last) + 1, len(value)) if first and last else len(value)
        if start >= len(value):
            return Reply(416)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(value)}"
        return Reply(206, value[start:end], headers)

    def _put(self, request: Request) -> Reply:
        old = self.objects.get(request.path)
        wanted = request.headers.get("if-match")
        number = request.headers.get("x-goog-if-generation-match")
        if number is not None and number != ("0" if old is None else generation_of(old)):
            return Reply(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        exists = request.headers.get("if-none-match") == "*" and old is not None
        if exists or (wanted is not None and (old is None or etag_of(old) != wanted)):
            return Reply(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        self.objects[request.path] = request.body
        names = [name for name in request.headers if name.startswith("x-amz-meta-")]
        self.metadata[request.path] = {name: request.headers[name] for name in names}
        return Reply(200, headers={"ETag": etag_of(request.body)})

    def _list(self, bucket: str, query: dict[str, list[str]]) -> Reply:
        prefix = query.get("prefix", [""])[0]
        delimiter = query.get("delimiter", [""])[0]
        start = query.get("continuation-token", [""])[0]
        found = set()
        for path in self.objects:
            owner, _, key = path.partition("/")
            if owner == bucket and key.startswith(prefix):
                below, cut, _ = key[len(prefix) :].partition(delimiter or "\0")
                found.add(prefix + below + cut)
        names = sorted(name for name in found if name > start)
        page, is_last = names[: self.page], len(names) <= self.page
        # Keys come before prefixes.
        page.sort(key=lambda name: bool(delimiter) and name.endswith(delimiter))
        text = "".join(self._listed(bucket, name, delimiter) for name in page)
        if not is_last:
            text += f"<NextContinuationToken>{escape(max(page))}</NextContinuationToken>"
        text = f"<ListBucketResult>{text}</ListBucketResult>"
        return Reply(200, text.encode(), {"Content-Type": "application/xml"})

    def _listed(self, bucket: str, name: str, delimiter: str) -> str:
        if delimiter and name.endswith(delimiter):
            return f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
        value = self.objects[f"{bucket}/{name}"]
        return (
            f"<Contents><Key>{escape(name)}</Key><Size>{len(value)}</Size>"
            f"<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>{etag_of(value)}</ETag></Contents>"
        )


def etag_of(value: bytes) -> str:
    """Return the tag of a value."""
    return f'"{hashlib.md5(value, usedforsecurity=False).hexdigest()}"'


def generation_of(value: bytes) -> str:
    """Return the number that Google Cloud Storage gives a value."""
    return str(int(etag_of(value)[1:14], 16) + 1)
