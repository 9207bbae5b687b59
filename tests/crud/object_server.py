"""An HTTP server of values in memory, whose ETags are right, weak, absent or wrong."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

type Tags = Literal["right", "weak", "absent", "wrong"]


class ObjectServer:
    """Values by path, the ranges that were requested of them, and paths that nobody may get."""

    def __init__(self, tags: Tags) -> None:
        self.values: dict[str, bytes] = {}
        self.ranges: list[str | None] = []
        self.refused: set[str] = set()
        self.tags: Tags = tags
        self.url = ""
        self._number = count()

    def tag(self, value: bytes) -> str | None:
        """The ETag of a response; wrong ones differ between responses with one value."""
        if self.tags == "wrong":
            return f'"{next(self._number)}"'
        digest = sha1(value, usedforsecurity=False).hexdigest()
        return {"right": f'"{digest}"', "weak": f'W/"{digest}"', "absent": None}[self.tags]


@contextmanager
def serving(tags: Tags) -> Iterator[ObjectServer]:
    """Serve values until the end of the block."""
    ours = ObjectServer(tags)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

        def _answer(self, *, with_body: bool) -> None:
            value = ours.values.get(self.path.lstrip("/"))
            asked = self.headers.get("Range")
            if self.path.lstrip("/") in ours.refused:
                self._send(405, b"", {})
                return
            if value is None:
                self._send(404, b"", {})
                return
            if with_body and not self.path.endswith(".json"):
                ours.ranges.append(asked)
            size = len(value)
            start, end = _extent(asked, size)
            if start >= end:
                self._send(416, b"", {"Content-Range": f"bytes */{size}"})
                return
            found = {"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
            tag = ours.tag(value)
            if tag is not None:
                found["ETag"] = tag
            if asked is not None:
                found["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
            self._send(200 if asked is None else 206, value[start:end], found, with_body=with_body)

        def _send(
            self, code: int, body: bytes, headers: dict[str, str], *, with_body: bool = True
        ) -> None:
            self.send_response(code)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        ours.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield ours
        finally:
            server.shutdown()
            thread.join()


def _extent(asked: str | None, size: int) -> tuple[int, int]:
    if asked is None:
        return 0, size
    first, _, last = asked.removeprefix("bytes=").partition("-")
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size
