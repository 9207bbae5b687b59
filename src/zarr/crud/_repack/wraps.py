"""Checksums at the end of encoded pieces, added or taken away without decoding the piece."""

from __future__ import annotations

import google_crc32c

from zarr.crud._archives.shard_index import CHECKSUM
from zarr.crud._errors import undecodable


def rewrapped(data: bytes, given: int, wanted: int, *, key: str, store: object) -> bytes:
    """Return a piece that ends with `given` checksums with `wanted` ones instead.

    Raises
    ------
    DecodeError
        A checksum that is taken away does not match.
    """
    while given > wanted:
        data, stored = data[:-CHECKSUM], data[-CHECKSUM:]
        if google_crc32c.value(data) != int.from_bytes(stored, "little") or len(stored) < CHECKSUM:
            raise undecodable(key, store, "its checksum does not match")
        given -= 1
    for _ in range(wanted - given):
        data += google_crc32c.value(data).to_bytes(CHECKSUM, "little")
    return data
