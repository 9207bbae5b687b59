"""Encoded chunks in layers, each of which can be damaged while the layers around it stay valid."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import google_crc32c
import numpy as np

from tests.faults.fuzz.changes import WIDE_SIZES, changed
from tests.faults.fuzz.snappy import blosc_snappy
from zarr import crud
from zarr.abc.codec import ArrayArrayCodec, BytesBytesCodec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import Buffer, buffer_prototype
from zarr.core.dtype import UInt8
from zarr.registry import get_codec_class

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    import numpy.typing as npt

type Tail = Sequence[Callable[[bytes], bytes]]
"""Codecs from bytes to bytes, in the order in which they encode."""

ABSENT: Final = (2**64 - 1, 2**64 - 1)


@dataclass(frozen=True)
class Plain:
    """A chunk before its bytes-to-bytes codecs, and these codecs."""

    body: bytes
    tail: Tail = ()

    def whole(self) -> bytes:
        """The stored bytes."""
        data = self.body
        for encode in self.tail:
            data = encode(data)
        return data

    def damaged(self, rng: Random) -> bytes:
        """The same, damaged within one layer; everything around it is valid."""
        depth = rng.randint(0, len(self.tail))
        data = changed(rng, through(self.body, self.tail[:depth]))
        return through(data, self.tail[depth:])


@dataclass(frozen=True)
class Sharded:
    """Subchunks and their index."""

    parts: Sequence[Plain | Sharded]
    tail: Tail
    index_first: bool
    order: str
    checksum: bool

    def whole(self) -> bytes:
        """The stored bytes."""
        return Plain(self._joined([part.whole() for part in self.parts]), self.tail).whole()

    def damaged(self, rng: Random) -> bytes:
        """The same, with a damaged subchunk, a wrong index, or other damage."""
        parts = [part.whole() for part in self.parts]
        match rng.randrange(3):
            case 0:
                place = rng.randrange(len(parts))
                parts[place] = self.parts[place].damaged(rng)
                shard = self._joined(parts)
            case 1:
                shard = self._joined(parts, rng)
            case _:
                return Plain(self._joined(parts), self.tail).damaged(rng)
        return through(shard, self.tail)

    def _joined(self, parts: Sequence[bytes], rng: Random | None = None) -> bytes:
        """A shard with a right index; given `rng`, with a wrong one and a right checksum."""
        size = 16 * len(parts) + 4 * self.checksum
        entries, at = [], size if self.index_first else 0
        for part in parts:
            entries.append((at, len(part)))
            at += len(part)
        if rng is not None:
            for _ in range(rng.choice((1, 1, 2, 5))):
                _lie(rng, entries, at + size)
        words = [word for entry in entries for word in entry]
        index = struct.pack(f"{self.order}{len(words)}Q", *words)
        if self.checksum:
            index += google_crc32c.value(index).to_bytes(4, "little")
        body = b"".join(parts)
        return index + body if self.index_first else body + index


def _lie(rng: Random, entries: list[tuple[int, int]], size: int) -> None:
    place = rng.randrange(len(entries))
    offset, length = entries[place]
    number = rng.choice((*WIDE_SIZES, size, size - 1, size + 1, rng.randrange(size + 1)))
    near = rng.randint(-9, 9)
    entries[place] = rng.choice(
        (
            (number, length),
            (offset, number),
            (number, 2**64 - number if number else 0),
            (number, ABSENT[1]),
            ((offset + near) % 2**64, length),
            (offset, (length + near) % 2**64),
            entries[rng.randrange(len(entries))],
            ABSENT,
        )
    )


def through(data: bytes, tail: Tail) -> bytes:
    """The bytes after codecs; a codec that refuses them leaves them unchanged."""
    for encode in tail:
        try:
            data = encode(data)
        except Exception:  # noqa: BLE001
            return data
    return data


def stored_chunk(
    data_type: Any, codecs: list[dict[str, Any]], value: Any, fill: Any
) -> Plain | Sharded:
    """The value of a chunk or subchunk, encoded by codecs of format 3."""
    kinds = [get_codec_class(codec["name"]) for codec in codecs]
    tail = [
        _encoder(c) for c, k in zip(codecs, kinds, strict=True) if issubclass(k, BytesBytesCodec)
    ]
    own = codecs[: len(codecs) - len(tail)]
    if own[-1]["name"] != "sharding_indexed":
        document = _document(data_type, own, value, fill)
        return Plain(crud.encode_chunk(document, value, engine="reference"), tail)
    for codec, kind in zip(own[:-1], kinds, strict=False):
        assert issubclass(kind, ArrayArrayCodec)
        value = value.transpose(codec["configuration"]["order"])
    config = own[-1]["configuration"]
    index = config["index_codecs"]
    parts = [
        stored_chunk(data_type, config["codecs"], v, fill)
        for v in _cut(value, config["chunk_shape"])
    ]
    order = "<" if index[0]["configuration"]["endian"] == "little" else ">"
    return Sharded(parts, tail, config["index_location"] == "start", order, len(index) > 1)


def _document(
    data_type: Any, codecs: list[dict[str, Any]], value: Any, fill: Any
) -> dict[str, Any]:
    shape = list(value.shape)
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shape}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": fill,
        "codecs": codecs,
    }


def _cut(value: npt.NDArray[Any], extents: Sequence[int]) -> list[npt.NDArray[Any]]:
    counts = [length // extent for length, extent in zip(value.shape, extents, strict=True)]
    places = [
        tuple(slice(i * e, (i + 1) * e) for i, e in zip(index, extents, strict=True))
        for index in np.ndindex(*counts)
    ]
    return [value[place] for place in places]


def _encoder(member: dict[str, Any]) -> Callable[[bytes], bytes]:
    codec: Any = get_codec_class(member["name"]).from_dict({**member})
    config = member.get("configuration", {})
    if config.get("cname") == "snappy":
        return lambda data: blosc_snappy(
            data, config["shuffle"], config["typesize"], config["blocksize"]
        )

    def encode(data: bytes) -> bytes:
        config = ArrayConfig("C", write_empty_chunks=True)
        spec = ArraySpec((len(data),), UInt8(), np.uint8(0), config, buffer_prototype)
        done = codec.evolve_from_array_spec(spec)._encode_sync(Buffer.from_bytes(data), spec)
        return bytes(done.to_bytes())

    return encode
