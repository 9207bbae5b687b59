"""Raw shards, optionally with rearranged subchunks."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.bindings.support import LITTLE, document, sharding

if TYPE_CHECKING:
    from pathlib import Path


def rearranged(root: Path, inner: int, gap: int) -> None:
    """Store the raw shard `c/0` in another order, with gaps between the subchunks."""
    path = root / "c" / "0"
    stored = path.read_bytes()
    count = (len(stored)) // (inner + 16)
    body, places = b"", {}
    for place in reversed(range(count)):
        body += b"\xff" * gap
        places[place] = len(body)
        body += stored[place * inner : (place + 1) * inner]
    index = b"".join(struct.pack("<QQ", places[place], inner) for place in range(count))
    path.write_bytes(body + index)


def raw_shard(length: int, inner: int, location: str = "end") -> str:
    codec = sharding((inner,), location=location)
    codec["configuration"]["index_codecs"] = [LITTLE]
    return document((length,), (length,), fill=-1, codecs=(codec,))
