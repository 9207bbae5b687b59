"""Uploads in parts, as S3 has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from tests.remote.server import Request


class Uploads:
    """The uploads that were begun and neither completed nor aborted."""

    def __init__(self) -> None:
        self.open: dict[str, dict[int, bytes]] = {}
        self._begun = 0

    def is_for(self, request: Request) -> bool:
        """Whether a request is for an upload."""
        query = parse_qs(request.query, keep_blank_values=True)
        return "uploadId" in query or (request.method == "POST" and "uploads" in query)

    def answer(self, request: Request, objects: dict[str, bytes]) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        query = parse_qs(request.query, keep_blank_values=True)
        if "uploadId" not in query:
            self._begun += 1
            number = str(self._begun)
            self.open[number] = {}
            text = f"<Result><UploadId>{number}</UploadId></Result>"
            return 200, text.encode()
        number = query["uploadId"][0]
        if number not in self.open:
            return 404, b"<Error><Code>NoSuchUpload</Code></Error>"
        if request.method == "PUT":
            self.open[number][int(query["partNumber"][0])] = request.body
            return 200, b""
        parts = self.open.pop(number)
        if request.method == "DELETE":
            return 204, b""
        wanted = [int(n) for n in re.findall(rb"<PartNumber>(\d+)</PartNumber>", request.body)]
        objects[request.path] = b"".join(parts[n] for n in wanted)
        done = "CompleteMultipartUploadResult"
        return 200, f'<{done}><ETag>"x"</ETag></{done}>'.encode()
