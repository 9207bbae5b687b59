"""Ways to damage bytes, seeded, so that every finding can be reproduced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

SIZES: Final = (0, 1, 2**7, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
WIDE_SIZES: Final = (*SIZES, 2**32, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1)


def changed(rng: Random, data: bytes) -> bytes:
    """Return damaged bytes; usually damaged in one way, sometimes in several."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice(_WAYS)(rng, data)
    return data


def _place(rng: Random, data: bytes) -> int:
    """Any position, with a preference for headers and trailers."""
    last = max(len(data) - 1, 0)
    near = rng.randrange(40)
    return rng.choice((min(near, last), min(near, last), max(last - near, 0), rng.randint(0, last)))


def _flip(rng: Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 3) if data else 0):
        out[_place(rng, data)] ^= 1 << rng.randrange(8)
    return bytes(out)


def _set_byte(rng: Random, data: bytes) -> bytes:
    at, byte = _place(rng, data), rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
    return data[:at] + bytes([byte]) + data[at + 1 :]


def _set_number(rng: Random, data: bytes) -> bytes:
    """Set a size, a count or an offset to an extreme value."""
    at, width = _place(rng, data), rng.choice((2, 4, 4, 8, 8))
    near = len(data) + rng.randint(-9, 9)
    number = rng.choice((*WIDE_SIZES, near, -near)) % (1 << 8 * width)
    order: Literal["little", "big"] = rng.choice(("little", "big"))
    return data[:at] + number.to_bytes(width, order) + data[at + width :]


def _cut(rng: Random, data: bytes) -> bytes:
    return data[: _place(rng, data)]


def _behead(rng: Random, data: bytes) -> bytes:
    return data[_place(rng, data) :]


def _lengthen(rng: Random, data: bytes) -> bytes:
    return data + rng.choice((b"\0" * rng.randint(1, 99), rng.randbytes(rng.randint(1, 99)), data))


def _splice(rng: Random, data: bytes) -> bytes:
    """Copy a part to another position: over other bytes, or before them."""
    first, last = sorted((_place(rng, data), _place(rng, data)))
    at, piece = _place(rng, data), data[first : last + 1]
    return data[:at] + piece + data[at + rng.choice((0, len(piece))) :]


def _lose(rng: Random, data: bytes) -> bytes:
    first, last = sorted((_place(rng, data), _place(rng, data)))
    return data[:first] + data[last + 1 :]


def _keep_head(rng: Random, data: bytes) -> bytes:
    """Keep the header, and replace the rest by garbage."""
    return data[: rng.choice((0, 2, 4, 8, 16, 24))] + rng.randbytes(rng.choice((0, 3, 40, 700)))


_WAYS: Final[tuple[Callable[[Random, bytes], bytes], ...]] = (
    _flip,
    _flip,
    _set_byte,
    _set_number,
    _set_number,
    _cut,
    _behead,
    _lengthen,
    _splice,
    _lose,
    _keep_head,
)
