"""Variants of checksum codecs that remove checksums without comparing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.abc.codec import BytesBytesCodec
from zarr.codecs import Crc32cCodec, ShardingCodec
from zarr.codecs._v2 import V2Codec

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.abc.codec import Codec
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer
    from zarr.core.common import JSON

# The names in numcodecs. Each has 4 bytes, at the end unless `location` says otherwise.
NUMCODECS: Final = frozenset({"adler32", "crc32", "crc32c", "fletcher32", "jenkins_lookup3"})

SIZE: Final = 4


def without_checksums(codecs: Iterable[Codec]) -> list[Codec]:
    """Return codecs that encode as before and do not compare checksums when they decode."""
    return [_unverified(codec) for codec in codecs]


def _unverified(codec: Codec) -> Codec:
    if isinstance(codec, ShardingCodec):
        return ShardingCodec(
            chunk_shape=codec.chunk_shape,
            codecs=without_checksums(codec.codecs),
            index_codecs=without_checksums(codec.index_codecs),
            index_location=codec.index_location,
            subchunk_write_order=codec.subchunk_write_order,
        )
    if isinstance(codec, V2Codec):
        filters = codec.filters and tuple(map(_unverified_numcodec, codec.filters))
        return V2Codec(filters, codec.compressor and _unverified_numcodec(codec.compressor))
    if isinstance(codec, Crc32cCodec):
        return Unverified(codec, at_start=False)
    inner: Any = getattr(codec, "_codec", None)
    if isinstance(codec, BytesBytesCodec) and getattr(inner, "codec_id", None) in NUMCODECS:
        return Unverified(codec, at_start=_is_at_start(inner))
    return codec


def _unverified_numcodec(codec: Any) -> Any:
    return UnverifiedNumcodec(codec) if codec.codec_id in NUMCODECS else codec


def _is_at_start(codec: Any) -> bool:
    # The lookup3 codec inherits a location that it does not use.
    return codec.codec_id != "jenkins_lookup3" and getattr(codec, "location", "end") == "start"


def _cut_off(data: npt.NDArray[Any], *, at_start: bool) -> npt.NDArray[Any]:
    stored = data.reshape(-1).view("u1")
    if stored.size < SIZE:
        raise ValueError(f"it has {stored.size} bytes, less than its checksum alone")
    return stored[SIZE:] if at_start else stored[:-SIZE]


@dataclass(frozen=True)
class Unverified(BytesBytesCodec):
    """A checksum codec of format 3 that encodes as `codec` and decodes without comparing."""

    codec: BytesBytesCodec
    at_start: bool

    is_fixed_size = True

    def to_dict(self) -> dict[str, JSON]:
        """Return the members of the codec that this one replaces."""
        return self.codec.to_dict()

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Return the size with the checksum."""
        return input_byte_length + SIZE

    def _decode_sync(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> Buffer:
        data = _cut_off(np.asarray(chunk_bytes.as_numpy_array()), at_start=self.at_start)
        return chunk_spec.prototype.buffer.from_array_like(data)

    def _encode_sync(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> Buffer | None:
        encode: Any = self.codec
        encoded: Buffer | None = encode._encode_sync(chunk_bytes, chunk_spec)
        return encoded


class UnverifiedNumcodec:
    """The same for a filter of format 2."""

    def __init__(self, codec: Any) -> None:
        self.codec_id = codec.codec_id
        self._codec = codec

    def encode(self, buf: Any) -> Any:
        """Return the bytes with their checksum."""
        return self._codec.encode(buf)

    def decode(self, buf: Any, out: Any = None) -> Any:
        """Return the bytes without their checksum."""
        data = _cut_off(np.asarray(memoryview(buf)), at_start=_is_at_start(self._codec))
        if out is None:
            return data
        np.copyto(np.asarray(out).reshape(-1).view("u1"), data)
        return out
