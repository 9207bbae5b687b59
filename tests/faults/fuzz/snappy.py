"""Blosc with the compressor snappy, which other software writes and our engines only read."""

from __future__ import annotations

import struct
from typing import Final

from numcodecs.blosc import Blosc  # type: ignore[import-untyped]

SHUFFLES: Final = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}

SHUFFLED, MOVED, BITSHUFFLED, WHOLE = 0x1, 0x2, 0x4, 0x10
"""Flags of a header: of what is shuffled, only copied, shuffled by bits, and of blocks in one."""

FORMAT: Final = 2 << 5
"""The flags that tell of snappy."""


def blosc_snappy(data: bytes, shuffle: str, typesize: int, blocksize: int = 0) -> bytes:
    """The stored form of bytes, in blocks of a size; 0 is one block."""
    if not data:
        return struct.pack("<BBBBIII", 2, 1, MOVED | FORMAT, typesize, 0, 0, 16)
    size = min(max(blocksize // typesize * typesize, typesize), len(data)) if blocksize else 0
    size = size or len(data)
    starts, blocks, at = [], [], 16 + 4 * -(-len(data) // size)
    for first in range(0, len(data), size):
        made = snappy(_shuffled(data[first : first + size], shuffle, typesize))
        starts.append(at)
        blocks.append(struct.pack("<i", len(made)) + made)
        at += len(blocks[-1])
    flags = (0, SHUFFLED, BITSHUFFLED)[SHUFFLES[shuffle]] | WHOLE | FORMAT
    head = struct.pack("<BBBBIII", 2, 1, flags, typesize, len(data), size, at)
    return head + struct.pack(f"<{len(starts)}i", *starts) + b"".join(blocks)


def _shuffled(block: bytes, shuffle: str, typesize: int) -> bytes:
    """A block as blosc shuffles it: the result of decoding if the header denies the shuffle."""
    if shuffle == "noshuffle":
        return block
    how = Blosc("zstd", 1, SHUFFLES[shuffle], blocksize=len(block), typesize=typesize)
    made = bytearray(how.encode(block))
    if made[2] & MOVED:
        raise ValueError("it does not become shorter")
    made[2] &= ~(SHUFFLED | BITSHUFFLED)
    return bytes(Blosc().decode(bytes(made)))


def snappy(data: bytes) -> bytes:
    """Snappy's form of bytes: the length, then literals and copies of earlier bytes."""
    out, number = bytearray(), len(data)
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    seen: dict[bytes, int] = {}
    at = literal = 0
    while at < len(data):
        word = data[at : at + 4]
        before = seen.get(word) if len(word) == 4 else None
        seen[word] = at
        if before is None or at - before >= 1 << 16:
            at += 1
            continue
        length = 4
        while length < 64 and data[at : at + length + 1] == _repeated(data, before, length + 1, at):
            length += 1
        out += _literals(data[literal:at])
        out += struct.pack("<BH", (length - 1) << 2 | 2, at - before)
        at += length
        literal = at
    return bytes(out + _literals(data[literal:]))


def _repeated(data: bytes, before: int, length: int, at: int) -> bytes:
    piece = data[before:at]
    return (piece * (length // len(piece) + 1))[:length]


def _literals(data: bytes) -> bytes:
    pieces = [data[first : first + 256] for first in range(0, len(data), 256)]
    return b"".join(struct.pack("<BB", 60 << 2, len(piece) - 1) + piece for piece in pieces)
